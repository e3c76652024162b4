"""`manage.py check_settings`: `check --deploy` without the database, which `make migrate` brings in order."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Check only the settings of a production installation, without the database."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the checks. Raises `SystemCheckError`, with a sentence for each setting that is wrong."""
        self.check(include_deployment_checks=True, display_num_errors=True, databases=[])
