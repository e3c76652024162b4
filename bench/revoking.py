"""From the approval to *revoked*, by the worker's own duties, on an embedded authority; approvals and receipts."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.db import connection, transaction
from django.test import Client

from bench.figures.rows import COMMIT, DJANGO_CA, ROWS_ALONE, SIGNATURE
from bench.figures.table import Figure
from bench.filling import settle
from bench.leaves import Issuer
from bench.measuring import (
    Unmeasured,
    Value,
    counted_statements,
    median_spent,
    spent,
    timed_transactions,
    tree_seconds,
)
from bench.peers import scratch
from bench.peers.wsgi import ask
from bench.seeding import NOW, client, customer, issued, reviewer
from certportal.accounts.models import User
from demo.requests import LOOKED_AT
from revocation import worker
from revocation.authorities.looking import Unreachable
from revocation.models import Actor, Certificate, Receipt, RevocationOrder
from revocation.services.requests import filing
from revocation.services.review import decisions

MANY = int(os.environ.get("BENCH_REVOCATIONS", "1000"))
"""Requests: enough for several batches."""

ALONE = 5
BATCH = 500
ROWS_EACH = 10
"""Rows that *rows alone* writes for each certificate: about as many as a revocation writes or changes."""

TO_REVOKED = ("dispatch orders", "publish CRL shards", "check publication")
RECEIPTS = ("make receipts",)
PASSES = 60
"""Runs of each duty after which something must be wrong."""


def revoking() -> Iterator[Figure]:
    """Measure what the worker does with one at a time, then approvals, what it does with all of them, and receipts.

    The worker's looks at what is published fetch CRLs and OCSP answers from the portal's own application.
    """
    published = Publications()
    database = "postgresql" if connection.vendor == "postgresql" else "sqlite"
    _, user = customer("revoking")
    alice, rita = Actor.person(user, "bench"), reviewer()
    waiting = [submitted(user, alice, n) for n in range(ALONE + MANY)]
    settle()
    # First, so that it warms up what the batches use too.
    alone = [_alone(case, rita, number, published) for number, case in enumerate(waiting[:ALONE], start=1)]
    yield Figure(f"revoked_{database}_one", median(alone[1:]) * 1000, "ms")
    yield from _approvals(database, waiting[ALONE:], rita)
    yield from _revocations(database, published)
    yield from _receipts(database)
    yield from _pdf(database, user)


def _revocations(database: str, published: Publications) -> Iterator[Figure]:
    unit, server = "certificates/s", _server_seconds()
    with counted_statements() as statements, timed_transactions() as spans:
        seconds = published.without(lambda: _until(TO_REVOKED, lambda: _are_revoked(ALONE + MANY)))
    served = _server_seconds() - server
    peers: dict[str, Value] = {} if database == "postgresql" else {DJANGO_CA: _by_django_ca()}
    yield Figure(f"revoked_{database}", MANY / seconds, unit, peers, {ROWS_ALONE: MANY / _rows_alone(MANY)})
    if database == "postgresql":
        yield Figure("revoked_postgresql_server", MANY / (seconds + served), unit)
    yield Figure(f"revoked_{database}_statements", statements[0] / MANY, "statements")
    yield Figure(f"revoked_{database}_lock", max(spans) * 1000, "ms")


class Publications:
    """Fetches what the portal publishes, through its WSGI application and without a network.

    `seconds`: the processor time of its answers. Elsewhere a web server spends it, not the worker.
    """

    def __init__(self) -> None:
        from certportal.wsgi import application
        from revocation.services.authority import publication_check  # noqa: F401 - so that it is there to be changed

        self._application = application
        self.seconds = 0.0
        for name, module in list(sys.modules.items()):
            if name.startswith("revocation.") and hasattr(module, "fetch_publication"):
                module.fetch_publication = self.fetch  # type: ignore[attr-defined]

    def fetch(self, url: str) -> bytes:
        """Return the body at an address of an embedded authority. Raises `Unreachable`."""
        began = time.thread_time()  # looks may run side by side
        try:
            return ask(self._application, unquote(urlsplit(url).path), headers={"HTTP_HOST": "localhost"}).body
        except RuntimeError as problem:
            raise Unreachable(str(problem)) from problem
        finally:
            self.seconds += time.thread_time() - began

    def without(self, act: Callable[[], object]) -> float:
        """Return the seconds of processor time that it takes, without those of the answers."""
        before = self.seconds
        return spent(act) - (self.seconds - before)


def submitted(user: User, by: Actor, number: int) -> int:
    """Let the person ask for the revocation of a fresh certificate; return the request's key."""
    certificate = issued(user.memberships.get().customer, f"r{number}.example")
    case = filing.begin(certificate.pk, by=by, at=NOW, reason=4, reason_text="Replaced.")
    return int(filing.submit(case.pk, by=by, at=NOW).pk)


def _approvals(database: str, cases: Collection[int], rita: Actor) -> Iterator[Figure]:
    def approve() -> None:
        for case in cases:
            decisions.approve(case, by=rita, at=_now(), checked=LOOKED_AT)

    with counted_statements() as statements:
        seconds = spent(approve)
    limit = {COMMIT: 1 / _bare_commit()}
    yield Figure(f"approvals_{database}", len(cases) / seconds, "approvals/s", limit=limit)
    yield Figure(f"approvals_{database}_statements", statements[0] / len(cases), "statements")


def _alone(case: int, rita: Actor, number: int, published: Publications) -> float:
    """Return the seconds of processor time from the approval of one request until its certificate is *revoked*."""
    decisions.approve(case, by=rita, at=_now(), checked=LOOKED_AT)
    return published.without(lambda: _until(TO_REVOKED, lambda: _are_revoked(number)))


def _are_revoked(number: int) -> bool:
    return Certificate.objects.filter(state="revoked").count() == number


def _until(duties: Collection[str], done: Callable[[], bool]) -> None:
    """Run duties of the worker one after another, in this thread, until `done`. Raises `RuntimeError` if never."""
    table = [duty for duty in worker.DUTIES if duty.name in duties]
    if len(table) != len(duties):
        raise RuntimeError(f"The worker has no duties {duties}.")
    for _ in range(PASSES):
        for duty in table:
            worker.run_once(duty)
        if done():
            return
    states = RevocationOrder.objects.values_list("state", flat=True)
    raise RuntimeError(f"It does not end: {sorted(set(states))}")


def _receipts(database: str) -> Iterator[Figure]:
    seconds = spent(lambda: _until(RECEIPTS, lambda: Receipt.objects.count() == ALONE + MANY))
    key = ec.generate_private_key(ec.SECP256R1())
    signature = median_spent(lambda: [key.sign(bytes(256), ec.ECDSA(hashes.SHA256())) for _ in range(100)]) / 100
    yield Figure(f"receipts_{database}", seconds / (ALONE + MANY) * 1000, "ms", limit={SIGNATURE: signature * 1000})


def _pdf(database: str, user: User) -> Iterator[Figure]:
    """Download the PDFs of some receipts for the first time."""
    if database == "postgresql":
        return
    browser = client(user)
    spans = []
    for pk in Receipt.objects.order_by("pk").values_list("pk", flat=True)[:10]:
        address = f"/receipts/{pk}/receipt.pdf"
        spans.append(spent(partial(_download, browser, address)))
    yield Figure("receipt_pdf", median(spans[1:]) * 1000, "ms")


def _download(browser: Client, address: str) -> None:
    if not browser.get(address).getvalue().startswith(b"%PDF"):
        raise RuntimeError("This is no PDF.")


def _server_seconds() -> float:
    """Return the processor time of the database server so far, 0 for SQLite, which works in this process."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (backend,) = cursor.fetchone()
    parent = Path(f"/proc/{backend}/stat").read_text().rpartition(") ")[2].split()[1]
    return tree_seconds(int(parent))


def _rows_alone(number: int) -> float:
    """Return the seconds of processor time of writing ten rows of 300 bytes for each, 500 a transaction."""
    row = ("x" * 300,)

    def act() -> None:
        for start in range(0, number, BATCH):
            with transaction.atomic(), connection.cursor() as cursor:
                rows = [row] * (min(BATCH, number - start) * ROWS_EACH)
                cursor.executemany("INSERT INTO bench_rows (word) VALUES (%s)", rows)

    return _with_table("bench_rows", lambda: median_spent(act))


def _bare_commit() -> float:
    """Return the seconds of processor time of one row written and committed by itself, without the ORM."""

    def act() -> None:
        for _ in range(100):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("INSERT INTO bench_commit (word) VALUES (%s)", ["revoked"])

    return _with_table("bench_commit", lambda: median_spent(act)) / 100


def _with_table(name: str, measure: Callable[[], float]) -> float:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {name} (word text)")
    try:
        return measure()
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {name}")


def _by_django_ca() -> Value:
    """Return how many certificates a second django-ca revokes, CRLs included."""
    with tempfile.TemporaryDirectory() as folder, scratch.authority(folder, *Issuer().leaves(MANY)) as peer:
        if isinstance(peer, Unmeasured):
            return peer
        try:
            return MANY / float(peer.ask("revoke", number=MANY))
        except Unmeasured as problem:
            return problem


def _now() -> datetime:
    return datetime.now(UTC)
