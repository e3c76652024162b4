"""From the decision to *revoked*: what one worker does with an embedded authority, stage by stage."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from statistics import median

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench.figures import NOW, SYSTEM, Figure, _issue, customer
from certportal.accounts.models import User
from revocation.models import Actor, Certificate
from revocation.services.authority import dispatch, embedded_publication, publication_check, receipts
from revocation.services.requests import filing
from revocation.services.review import decisions
from tests.people import LOOKED_AT
from tests.publication import fetch_own

MANY = int(os.environ.get("BENCH_REVOCATIONS", "100"))
"""Requests."""


def revoking() -> Iterator[Figure]:
    """Measure each stage by itself, in seconds of processor time, beside bare signatures and bare commits.

    The status observations fetch signed OCSP answers and CRLs from the portal's own views.
    """
    fetched: list[str] = []
    publication_check.fetch_publication = lambda url: fetched.append(url) or fetch_own(url)  # type: ignore[attr-defined]
    owner, user = customer("revoking")
    alice, rita = Actor.person(user, "bench"), _reviewer()
    approved = [_approved(_issue(owner, f"r{n}.example"), alice, rita) for n in range(MANY)]
    told, told_queries = _spent(_tell_all)
    published, _ = _spent(_publish_all)
    seen, seen_queries = _spent(_see_all)
    made, made_queries = _spent(_make_all)
    revoked = Certificate.objects.filter(requests__in=approved, state="revoked").count()
    if revoked != MANY:
        raise RuntimeError(f"{revoked} of {MANY} are revoked.")
    signature, commit = _bare_signature(), _bare_commit()
    each = (told + published + seen) / MANY
    yield "told_per_second", MANY / told, "certificates/s"
    yield "seen_per_second", MANY / seen, "certificates/s"
    yield "revoked_per_second", 1 / each, "certificates/s"
    yield "receipts_per_second", MANY / made, "receipts/s"
    yield "revoked_over_bare_signatures", each / signature, "ratio"
    yield "revoked_over_bare_commits", each / commit, "ratio"
    yield "receipt_over_bare_signatures", made / MANY / signature, "ratio"
    yield "sighting_over_telling", seen / told, "ratio"
    yield "crls_fetched_each", sum("/crl" in url for url in fetched) / MANY, "fetches/certificate"
    yield "told_queries_each", told_queries / MANY, "queries/certificate"
    yield "seen_queries_each", seen_queries / MANY, "queries/certificate"
    yield "receipt_queries_each", made_queries / MANY, "queries/certificate"


def _now() -> datetime:
    return datetime.now(UTC)


def _tell_all() -> None:
    for row in dispatch.due_orders(at=_now(), limit=MANY):
        dispatch.tell(row, by=SYSTEM, at=_now())


def _publish_all() -> None:
    for row in embedded_publication.due_shards(at=_now()):
        embedded_publication.publish_shard(row, at=_now())


def _see_all() -> None:
    """Look at what is published. The authority signs OCSP's answers in this process too."""
    while due := publication_check.due_looks(at=_now()):
        publication_check.look(due, by=SYSTEM, at=_now())


def _make_all() -> None:
    while due := receipts.due_receipts(at=_now()):
        receipts.make(due, by=SYSTEM, at=_now())


def _spent(act: Callable[[], None]) -> tuple[float, int]:
    """Return seconds of processor time, and queries. Other work on the machine does not count."""
    with CaptureQueriesContext(connection) as queries:
        start = time.process_time()
        act()
        spent = time.process_time() - start
    return spent, len(queries)


def _bare_signature() -> float:
    """Return seconds for one signature like those of the authority and of the receipts: ECDSA P-256, SHA-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _median(lambda: key.sign(bytes(256), ec.ECDSA(hashes.SHA256())))


def _bare_commit() -> float:
    """Return seconds for one row written and committed by itself, without the ORM."""

    def act() -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_commit (word) VALUES (%s)", ["revoked"])

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_commit (word text)")
    try:
        return _median(act)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE bench_commit")


def _median(act: Callable[[], object], times: int = 200) -> float:
    spans = []
    for _ in range(times):
        start = time.process_time()
        act()
        spans.append(time.process_time() - start)
    return median(spans)


def _reviewer() -> Actor:
    user = User.objects.create_user("reviewer@bench.example", None, is_staff=True)
    user.groups.add(Group.objects.get(name="reviewers"))
    return Actor.person(user, "bench")


def _approved(certificate: Certificate, by: Actor, reviewer: Actor) -> int:
    case = filing.begin(certificate.pk, by=by, at=NOW, reason=4, reason_text="Replaced.")
    filing.submit(case.pk, by=by, at=NOW)
    return int(decisions.approve(case.pk, by=reviewer, at=NOW, checked=LOOKED_AT).pk)
