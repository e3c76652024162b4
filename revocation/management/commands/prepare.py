"""`manage.py prepare`: migrations, the database's guards, the cache table.

Run once a release, before the starts; it can be repeated. One process does it all: starting Django costs more than
most of the steps.
"""

import fcntl
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Bring the database up to date: migrations, guards, cache table."
    requires_system_checks = ()  # `migrate` makes its own, after it has mended what they look for

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--static", action="store_true", help="also collect static files")
        parser.add_argument("--demo", action="store_true", help="also create the demo data")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, skip_checks=False)
        call_command("createcachetable", verbosity=0)
        if options["static"]:
            collect_static_files()
        if options["demo"]:
            call_command("demo_data", stdout=self.stdout)


def collect_static_files() -> None:
    """Collect the static files; of several processes that share the folder one works and the others wait.

    Two at once would delete each other's files half way.
    """
    folder = Path(settings.STATIC_ROOT)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        call_command("collectstatic", interactive=False, verbosity=0)
