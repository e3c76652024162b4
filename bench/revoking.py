"""From the decision to *revoked*: what one worker does in a second with an embedded authority."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from django.contrib.auth.models import Group

from bench.figures import NOW, SYSTEM, Figure, _issue, customer
from certportal.accounts.models import User
from revocation.models import Actor, Certificate
from revocation.services import crl_and_ocsp, deciding, filing, receipts, sighting, telling
from tests.people import LOOKED_AT
from tests.publication import fetch_own

MANY = 60
"""Requests."""


def revoking() -> Iterator[Figure]:
    """Each stage by itself; the sightings fetch signed OCSP answers and CRLs from the portal's own views."""
    sighting.fetch_publication = fetch_own
    owner, user = customer("revoking")
    alice, rita = Actor.person(user, "bench"), _reviewer()
    approved = [_approved(_issue(owner, f"r{n}.example"), alice, rita) for n in range(MANY)]
    at = datetime.now(UTC)
    told = _each(telling.due_orders(at=at), lambda row: telling.tell(row, by=SYSTEM, at=at))
    published = _each(crl_and_ocsp.due_shards(at=at), lambda row: crl_and_ocsp.publish_shard(row, at=at))
    seen = _each(sighting.due_looks(at=at), lambda row: sighting.look(row, by=SYSTEM, at=at))
    made = _each(receipts.due_receipts(at=at), lambda row: receipts.make(row, by=SYSTEM, at=at))
    revoked = Certificate.objects.filter(requests__in=approved, state="revoked").count()
    if revoked != MANY:
        raise RuntimeError(f"{revoked} of {MANY} are revoked.")
    yield "told_per_second", MANY / told, "certificates/s"
    yield "sightings_per_second", 2 * MANY / seen, "places/s"
    yield "revoked_per_second", MANY / (told + published + seen), "certificates/s"
    yield "receipts_per_second", MANY / made, "receipts/s"
    yield "sighting_over_telling", seen / told, "ratio"


def _each(rows: Sequence[int], do: Callable[[int], None]) -> float:
    """Seconds for all of them."""
    start = time.perf_counter()
    for row in rows:
        do(row)
    return time.perf_counter() - start


def _reviewer() -> Actor:
    user = User.objects.create_user("rita@bench.example", None, is_staff=True)
    user.groups.add(Group.objects.get(name="reviewers"))
    return Actor.person(user, "bench")


def _approved(certificate: Certificate, by: Actor, reviewer: Actor) -> int:
    case = filing.begin(certificate.pk, by=by, at=NOW, reason=4, reason_text="Replaced.")
    filing.submit(case.pk, by=by, at=NOW)
    return int(deciding.approve(case.pk, by=reviewer, at=NOW, checked=LOOKED_AT).pk)
