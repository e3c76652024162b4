"""Demo data and the customer's side of the demo: a small DNS and web server on loopback."""

from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"
