"""Limits: how often something may be tried, counted in a table that forgets nothing before its time (U4)."""

from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "certportal.limits"
    label = "limits"
