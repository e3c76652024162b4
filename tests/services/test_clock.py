"""Workers whose clocks are hours apart decide by the database's (threat 29)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection

from revocation.services import clock
from revocation.worker import DUTIES, run_once


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
    run_once(next(duty for duty in DUTIES if duty.name == "close at deadline"))
    assert asked
