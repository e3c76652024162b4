"""The deadline, whenever the worker comes to it (O4, threat 29): a property over generated histories."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revocation import policy
from revocation.models import Actor, Event, NameProof
from revocation.services.ownership import proofs as ownership_proofs
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import fresh, submitted
from tests.support.effort import rounds
from tests.support.proofs import see, sweep

pytestmark = pytest.mark.slow

HOURS = policy.OWNERSHIP_WINDOW / timedelta(hours=1)
NAMES = ("a.example", "b.example")

instants = st.floats(0, 1.5 * HOURS, allow_nan=False).map(lambda hours: NOW + timedelta(hours=hours))
exact = st.sampled_from([timedelta(0), timedelta(microseconds=-1), timedelta(microseconds=1)])
wakings = st.lists(instants | exact.map(lambda d: NOW + policy.OWNERSHIP_WINDOW + d), min_size=1, max_size=12)
"""Instants at which a worker runs: any moments, also none for days, and the very instant of the deadline."""

published = st.tuples(*[st.none() | instants] * len(NAMES))


@pytest.mark.django_db
@settings(max_examples=rounds(30, 1000), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(wakings=wakings, published=published)
def test_O4_failed_only_after_a_last_look_and_never_what_was_seen_in_time(
    make_certificate: MakeCertificate,
    alice: Actor,
    monkeypatch: pytest.MonkeyPatch,
    wakings: list[datetime],
    published: tuple[datetime | None, ...],
) -> None:
    with transaction.atomic():
        request = submitted(make_certificate(brand="geotrust", names=NAMES), alice)
        deadline = request.ownership_deadline
        assert deadline == NOW + policy.OWNERSHIP_WINDOW
        for at in [*sorted(wakings), max([*wakings, deadline]) + timedelta(hours=1)]:
            _worker_awake(monkeypatch, published, at)
        _judge(fresh(request), deadline, published)
        transaction.set_rollback(True)


def _worker_awake(monkeypatch: pytest.MonkeyPatch, published: tuple[datetime | None, ...], at: datetime) -> None:
    see(monkeypatch, [name for name, since in zip(NAMES, published, strict=True) if since is not None and since <= at])
    for duty in (_close, sweep, _close):  # the worker's threads keep no order
        duty(at)


def _close(at: datetime) -> None:
    for request in ownership_proofs.past_deadline(at=at):
        ownership_proofs.close(request, by=SYSTEM, at=at)


def _judge(request: Any, deadline: datetime, published: tuple[datetime | None, ...]) -> None:
    proofs = NameProof.objects.filter(request=request)
    ends = Event.objects.filter(request_id=request.pk, kind__in=["proven", "failed"])
    assert ends.count() == 1  # exactly one end
    if request.state == "failed":
        assert all(proof.checked_at >= deadline for proof in proofs.filter(proven_at__isnull=True))
        assert any(since is None or since > deadline for since in published)
    else:
        assert request.state == "approved"
        assert all(since is not None for since in published)
