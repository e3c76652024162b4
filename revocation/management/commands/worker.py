"""`manage.py worker`: do the background work until SIGTERM, then finish what has begun."""

import gc
import logging
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, connection

from certportal.database import outages, patience, schema
from certportal.postgresql import lending
from revocation import triggers
from revocation.services.core import clock, installation
from revocation.worker import run_all_once, run_until, stop_on_signals

log = logging.getLogger(__name__)

PATIENCE = 10
"""A duty waits this many times as long for one statement as a page does, since batches take longer."""


class Command(BaseCommand):
    help = "Send orders to CAs, check ownership, enforce deadlines, deploy, send email. You can run several workers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="run all duties once, then exit")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        patience.bound(settings.DATABASE_STATEMENT_TIMEOUT * PATIENCE)
        if connection.vendor == "postgresql":
            lending.bound(settings.WORKER_CONNECTIONS)
        try:
            self.refuse_unless_fit()
        except DatabaseError as error:
            if not outages.is_outage(error):
                raise
            raise CommandError(f"The database does not answer: {outages.sentence(error)}") from error
        if newer := schema.unknown():
            log.warning("The database is of a newer release (%s): replace this worker soon.", newer[-1])
        if once:
            self.stdout.write(f"{run_all_once()} done")
            return
        gc.collect()
        gc.freeze()  # what is loaded stays: looking through it again and again costs a fifth of a batch's time
        stop = threading.Event()
        stop_on_signals(stop)
        if not run_until(stop):
            raise CommandError("A duty stopped unexpectedly. See the log.")

    def refuse_unless_fit(self) -> None:
        """Raise `CommandError` when the database is old or lacks guards.

        In production also for settings that it may not have, and for secrets of another installation.
        """
        if settings.PRODUCTION:
            self.check(include_deployment_checks=True, display_num_errors=True)
        if problem := schema.why_not_ready() or triggers.why_not_ready():
            raise CommandError(problem)
        if settings.PRODUCTION:
            try:
                installation.agree(at=clock.now())
            except installation.SecretsDiffer as differ:
                raise CommandError(str(differ)) from differ
