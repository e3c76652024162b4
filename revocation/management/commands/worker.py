"""`manage.py worker`: does the background work until SIGTERM, then finishes what it is at."""

import logging
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certportal import schema
from revocation.worker import run_all_once, run_until, stop_on_signals

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Tells authorities, checks ownership, keeps deadlines, deploys, sends mail. Any number may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one pass over all duties, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if problem := schema.why_not_ready():
            raise CommandError(problem)
        if newer := schema.unknown():
            log.warning("The database is of a newer release (%s): replace this worker soon.", newer[-1])
        if once:
            self.stdout.write(f"{run_all_once()} done")
            return
        stop = threading.Event()
        stop_on_signals(stop)
        run_until(stop)
