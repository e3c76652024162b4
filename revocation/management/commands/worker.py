"""`manage.py worker`: does the background work until SIGTERM, then finishes what it is at."""

import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from revocation.worker import run_all_once, run_until, stop_on_signals


class Command(BaseCommand):
    help = "Tells authorities, checks ownership, keeps deadlines, deploys, sends mail. Any number may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one pass over all duties, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            self.stdout.write(f"{run_all_once()} done")
            return
        stop = threading.Event()
        stop_on_signals(stop)
        run_until(stop)
