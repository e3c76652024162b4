"""certportal as an app: it registers the system checks, and gives every database connection its guard."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class CertportalConfig(AppConfig):
    name = "certportal"

    def ready(self) -> None:
        from certportal import checks, numbers  # noqa: F401 - registering is the imports' purpose
        from certportal.database.storable import install

        connection_created.connect(install, dispatch_uid="certportal.database.storable")
