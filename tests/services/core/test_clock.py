"""Workers and web servers whose clocks are hours apart decide by the database's clock (threat 29)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client

from revocation.models import Actor, NameProof
from revocation.services.core import clock
from revocation.worker import DUTIES, run_once
from tests.conftest import MakeCertificate
from tests.people import DAY, draft, fresh

pytestmark = pytest.mark.database


@pytest.mark.django_db
@pytest.mark.parametrize("hours", [-6, 6])
def test_T29_a_wrong_clock_of_the_worker_changes_nothing(hours: int) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no clock of its own; `python -m tests.postgresql pytest tests/services` runs this")
    true = datetime.now(UTC)
    with time_machine.travel(true + timedelta(hours=hours), tick=True):
        assert abs(clock.now() - true) < timedelta(minutes=1)


@pytest.mark.django_db
def test_T29_duties_ask_this_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(clock, "now", lambda: asked.append(1) or datetime.now(UTC))
    run_once(next(duty for duty in DUTIES if duty.name == "close unproven requests"))
    assert asked


@pytest.fixture
def database_time(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Return the right time. PostgreSQL has a clock of its own; SQLite gets one here."""
    true = datetime.now(UTC)
    if connection.vendor != "postgresql":
        monkeypatch.setattr(clock, "now", lambda: true)
    return true


@pytest.mark.parametrize("days", [-1, 1])
def test_T29_a_wrong_clock_of_the_web_server_moves_no_deadline(
    days: int, database_time: datetime, make_certificate: MakeCertificate, alice: Actor
) -> None:
    """O4: the 72 hours are counted by the clock that ends them; the first check is due at once, not tomorrow."""
    with time_machine.travel(database_time + timedelta(days=days), tick=True):
        page = Client()
        page.force_login(alice.user)
        case = draft(make_certificate("f3.aurora.example", brand="digicert", left=900 * DAY), alice, at=database_time)
        page.post(f"/requests/{case.pk}/submit/")
    filed, proof = fresh(case), NameProof.objects.get(request=case)
    minute = timedelta(minutes=1)
    assert abs(filed.ownership_deadline - database_time - timedelta(hours=72)) < minute
    assert abs(filed.submitted_at - database_time) < minute
    assert abs(proof.next_check_at - database_time) < minute
