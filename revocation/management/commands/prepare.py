"""`manage.py prepare`: bring the database up to date: migrations, guards, the cache table.

Run it once a release, before the portal starts. It can be repeated. One process does all the steps, since starting
Django takes longer than most of them.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from revocation.management.commands import begin, static_files


class Command(BaseCommand):
    help = "Bring the database up to date: migrations, guards, cache table."
    requires_system_checks = ()  # `migrate` runs them itself, after it has mended the guards that they look for

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check-settings", action="store_true", help="refuse settings that are not for production")
        parser.add_argument("--static", action="store_true", help="also collect static files")
        parser.add_argument("--demo", action="store_true", help="also create the demo data")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check_settings"]:
            begin.check_settings(self)
        call_command("migrate", verbosity=0, skip_checks=False)
        call_command("createcachetable", verbosity=0)
        if options["static"]:
            static_files.collect()
        if options["demo"]:
            call_command("demo_data", stdout=self.stdout)
