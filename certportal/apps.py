"""The composition as an app, so that its system checks are found."""

from django.apps import AppConfig


class CertportalConfig(AppConfig):
    name = "certportal"

    def ready(self) -> None:
        from certportal import checks  # noqa: F401 - registering is the import's purpose
