"""Memory of a web worker and of a worker after use: what each has for itself, and with its share of the rest."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.test import Client

from certportal.accounts.models import Customer, Membership, User
from revocation.models import Brand, Certificate, RevocationRequest
from tests.postgresql import free_port

Figure = tuple[str, float, str]
NOW = datetime.now(UTC)
ROWS = 100
PAGES = 200
WEB_WORKERS = 2
WORKER_SECONDS = 30
"""How long the worker looks for work. More of it is measured while it has some (`python -m bench sweeps`)."""


def memory() -> Iterator[Figure]:
    """Measure after PAGES list pages and as many letters' templates, in turns; and a worker that has looked around."""
    paths, cookie = _prepared()
    connections.close_all()
    with _gunicorn() as (master, port):
        for turn in range(PAGES * 2):
            _get(port, paths[turn % len(paths)], cookie)
        workers = [_memory(pid) for pid in _children(master)]
        yield "web_worker_of_its_own", max(own for own, _ in workers), "MiB"
        yield "web_worker_with_its_share", max(share for _, share in workers), "MiB"
    with _started(sys.executable, "manage.py", "worker") as worker:
        time.sleep(WORKER_SECONDS)
        own, share = _memory(worker)
        yield "worker_of_its_own", own, "MiB"
        yield "worker_with_its_share", share, "MiB"


def _prepared() -> tuple[list[str], str]:
    """Add a customer with certificates and a draft; return what to open, and the cookie to open it with."""
    owner, _ = Customer.objects.get_or_create(slug="memory", defaults={"name": "memory"})
    user, _ = User.objects.get_or_create(email="memory@bench.example")
    Membership.objects.get_or_create(user=user, customer=owner)
    rows = Certificate.objects.bulk_create(
        Certificate(
            customer=owner,
            brand=Brand.objects.get(slug="other"),
            common_name=f"n{number}.memory.example",
            names=[f"n{number}.memory.example"],
            serial_number=f"{number:X}",
            fingerprint=f"3E303{number:059X}",
            not_before=NOW - timedelta(days=1),
            not_after=NOW + timedelta(days=300),
            standard="international",
            level="ov",
            level_source="order",
        )
        for number in range(ROWS)
    )
    draft = RevocationRequest.objects.create(
        certificate=rows[0], customer=owner, state="draft", route="F4", reason=0, filed_by=user
    )
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(user)
    template = f"/requests/{draft.pk}/letter/template.pdf"
    return ["/certificates/", template], f"{settings.SESSION_COOKIE_NAME}={client.session.session_key}"


@contextmanager
def _started(*command: str) -> Iterator[int]:
    """Start a program in this process's environment, with the bounds of `scripts/keeping`; yield its process id."""
    running = subprocess.Popen(command, env=os.environ | {"PRODUCTION": "false", "MALLOC_ARENA_MAX": "2"})
    try:
        yield running.pid
    finally:
        running.terminate()
        running.wait()


@contextmanager
def _gunicorn() -> Iterator[tuple[int, int]]:
    """Start the web server as `make serve` does; yield process id and port once it answers."""
    port = free_port()
    command = ("-m", "gunicorn", "certportal.wsgi", "--preload", "--threads", "4", "--no-control-socket")
    options = ("--bind", f"127.0.0.1:{port}", "--workers", str(WEB_WORKERS), "--log-level", "error")
    with _started(sys.executable, *command, *options) as master:
        until = time.monotonic() + 60
        while True:
            try:
                _get(port, "/healthz", "")
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                break
        yield master, port


def _get(port: int, path: str, cookie: str) -> None:
    """Open one page. Raises OSError while nobody listens, RuntimeError for anything but 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"{path}: {answer.status}")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _memory(pid: int) -> tuple[float, float]:
    """Return in MiB what nobody shares with the process (USS), and that with its share of the rest (PSS; proc(5))."""
    told = dict(re.findall(r"^(\w+):\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE))
    own = int(told["Private_Clean"]) + int(told["Private_Dirty"])
    return own / 1024, int(told["Pss"]) / 1024
