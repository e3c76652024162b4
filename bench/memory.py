"""What running processes hold: the memory of a web worker and of a worker after some work, and connections."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from bench.figures.table import Figure
from bench.growing import QUEUE
from bench.measuring import Unmeasured, descendants, own_memory
from bench.pages import LIST
from bench.peers.conversation import ROOT
from bench.revoking import submitted
from bench.seeding import client, customer, reviewer
from certportal.accounts.models import User
from demo.requests import LOOKED_AT
from revocation.models import Actor, Receipt
from revocation.services.core import clock
from revocation.services.review import decisions

ORDERS = int(os.environ.get("BENCH_ORDERS", "200"))
"""Certificates that the worker revokes."""

PAGES = 200
PATIENCE = 180.0
"""Seconds for the work."""

WATCHED = 8.0
"""Seconds for which the connections of an idle worker are counted."""

LOOPBACK = {"OUTBOUND_TEST_NETWORKS": '["127.0.0.0/8"]'}
"""The worker looks at what the web server beside it publishes."""


def memory() -> Iterator[Figure]:
    """Let a web server and a worker work side by side, as in production, and then read what each holds alone."""
    _, user = customer("memory")
    alice, rita = Actor.person(user, "bench"), reviewer()
    cases = [submitted(user, alice, n) for n in range(ORDERS)]
    where = urlsplit(settings.PKI_BASE_URL)
    bound = ("--bind", f"{where.hostname}:{where.port}", "--workers", "1", "--threads", "4")
    serve = ("-m", "gunicorn", "certportal.wsgi", "--preload", *bound, "--no-control-socket", "--log-level", "error")
    with running(*serve) as server, running("manage.py", "worker") as worker:
        _wait(lambda: _opens("/healthz", ""), "The web server does not answer.")
        for case in cases:
            decisions.approve(case, by=rita, at=clock.now(), checked=LOOKED_AT)
        _wait(lambda: Receipt.objects.count() == ORDERS, "The worker does not come to an end.")
        first = Receipt.objects.select_related("revocation").order_by("pk")[0]
        shown = {
            LIST: user,
            f"{LIST}{first.revocation.certificate_id}/": user,
            f"/receipts/{first.pk}/receipt.pdf": user,
            QUEUE: rita.user,
        }
        cookies = {address: _cookie(person) for address, person in shown.items()}
        for turn in range(PAGES):
            address = list(shown)[turn % len(shown)]
            if not _opens(address, cookies[address]):
                raise Unmeasured(f"{address} cannot be opened.")
        yield Figure("memory_web", own_memory(next(descendants(server.pid))), "MB")
        yield Figure("memory_worker", own_memory(worker.pid), "MB")


def connections() -> Iterator[Figure]:
    """Count the sessions of a worker that has nothing to do."""
    if connection.vendor != "postgresql":
        yield Figure("connections", Unmeasured("it needs PostgreSQL"), "connections")
        return
    with running("manage.py", "worker"):
        _wait(lambda: _sessions() > 0, "The worker does not begin.")
        most, until = 0, time.monotonic() + WATCHED
        while time.monotonic() < until:
            most = max(most, _sessions())
            time.sleep(0.2)
    yield Figure("connections", float(most), "connections")


def _cookie(person: User) -> str:
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client(person).cookies[name].value}"


def _opens(address: str, cookie: str) -> bool:
    """Return whether the web server shows the page."""
    wire = HTTPConnection(str(urlsplit(settings.PKI_BASE_URL).netloc), timeout=20)
    try:
        wire.request("GET", address, headers={"Cookie": cookie, "Accept-Encoding": "gzip"})
        answer = wire.getresponse()
        answer.read()
    except OSError:
        return False
    finally:
        wire.close()
    return answer.status == 200


def _sessions() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND backend_type = 'client backend'"
        )
        (count,) = cursor.fetchone()
    return int(count)


@contextmanager
def running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a Python program until the end of the block."""
    environment = os.environ | LOOPBACK
    with subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=sys.stderr) as process:
        try:
            yield process
        finally:
            process.terminate()


def _wait(reached: Callable[[], bool], otherwise: str) -> None:
    until = time.monotonic() + PATIENCE
    while not reached():
        if time.monotonic() > until:
            raise Unmeasured(otherwise)
        time.sleep(0.5)
