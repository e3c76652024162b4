"""The composition as an app, so that its system checks are found and every connection has its guard."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CertportalConfig(AppConfig):
    name = "certportal"

    def ready(self) -> None:
        from certportal import checks, numbers  # noqa: F401 - registering is the imports' purpose
        from certportal.database.storable import install

        connection_created.connect(install, dispatch_uid="certportal.database.storable")
