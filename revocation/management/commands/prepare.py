"""`manage.py prepare`: bring the database up to date: migrations, guards, the cache table.

Run it once a release, before the portal starts. It can be repeated. One process does all the steps, since starting
Django takes longer than most of them.
"""

import fcntl
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "Bring the database up to date: migrations, guards, cache table."
    requires_system_checks = ()  # `migrate` runs them itself, after it has mended the guards that they look for

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
    """Collect the static files. Of several processes that share the folder, one at a time works.

    Two at once would delete each other's files.
    """
    folder = Path(settings.STATIC_ROOT)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        call_command("collectstatic", interactive=False, verbosity=0)
