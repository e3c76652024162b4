"""`manage.py migrate`: Django's command, by one process at a time, with the database's guards in place afterwards."""

from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import OperationalError

from certportal.database import outages
from revocation.guards.migrating import migrating

LOOKING_ONLY = ("plan", "check_unapplied")


class Command(Migrate):
    def execute(self, *args: Any, **options: Any) -> str | None:
        """Mend the guards, then let Django check and migrate: the checks would refuse a database without its guards.

        Raises `CommandError` when the database does not answer, or not in time.
        """
        if any(options[name] for name in LOOKING_ONLY):
            return super().execute(*args, **options)
        try:
            with migrating(options["database"]):
                return super().execute(*args, **options)
        except OperationalError as error:
            if not outages.is_outage(error):
                raise
            raise CommandError(f"The database does not answer: {outages.sentence(error)}") from error
