"""`manage.py worker`: does the background work until SIGTERM, then finishes what it is at."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from revocation.worker import run_all_once, run_until


class Command(BaseCommand):
    help = "Tells authorities, checks ownership, keeps deadlines, deploys, sends mail. Any number may run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one pass over all duties, then end")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            self.stdout.write(f"{run_all_once()} done")
            return
        stop = threading.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: stop.set())
        run_until(stop)
