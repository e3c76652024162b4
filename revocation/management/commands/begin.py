"""`manage.py begin`: what a production start does before its web server and its worker.

One process does all the steps, since starting Django takes longer than most of them.
"""

from typing import Any

from django.core.checks import Tags
from django.core.management import call_command
from django.core.management.base import BaseCommand

from revocation.management.commands import static_files


class Command(BaseCommand):
    help = "Check settings and database, collect static files, and compare the secrets with the installation's."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        """Raise `SystemCheckError` or `CommandError`, with a sentence for each thing that is wrong."""
        check_settings(self)
        self.check(tags=[Tags.database], include_deployment_checks=True, databases=["default"])
        static_files.collect()
        call_command("installation", begin=True)


def check_settings(command: BaseCommand) -> None:
    """Run `check --deploy` without the database, before anything is written. Raises `SystemCheckError`."""
    command.check(include_deployment_checks=True, display_num_errors=True, databases=[])
