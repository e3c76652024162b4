"""`manage.py demo_world`: the customers' name server and web server, until SIGTERM."""

import threading
from typing import Any

from django.core.management.base import BaseCommand

from demo.world import servers
from revocation.worker import stop_on_signals


class Command(BaseCommand):
    help = "Serve the customers' side of the demo on loopback: DEMO_DNS_PORT (5533) and DEMO_HTTP_PORT (8053)."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        stop_on_signals(stop)
        running = servers()
        for server in running:
            threading.Thread(target=server.serve_forever, daemon=True).start()
        stop.wait()
        for server in running:
            server.shutdown()
