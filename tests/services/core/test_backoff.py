"""Pauses between attempts grow as their table says, by one convention everywhere, and are spread by chance."""

from __future__ import annotations

from datetime import timedelta

import pytest

from revocation.services.authority import dispatch, publication_record, reconciliation
from revocation.services.core.backoff import Pauses
from revocation.services.notifications import mail, webhook_delivery
from revocation.services.ownership import claims, delegations, dns_records

TABLES = {
    "orders": dispatch.PAUSES,
    "looks": publication_record.PAUSES,
    "rounds": reconciliation.PAUSES,
    "names": claims.PAUSES,
    "delegations": delegations.PAUSES,
    "records": dns_records.PAUSES,
    "mails": mail.PAUSES,
    "webhooks": webhook_delivery.PAUSES,
}


def test_O7_pauses_grow_to_an_hour() -> None:
    minutes = [claims.PAUSES.step(attempts) / timedelta(minutes=1) for attempts in range(1, 9)]
    assert minutes == [1, 2, 5, 10, 30, 60, 60, 60]


@pytest.mark.parametrize("table", list(TABLES))
def test_pauses_grow_and_are_capped(table: str) -> None:
    pauses = TABLES[table]
    steps = [pauses.step(attempts) for attempts in range(1, 30)]
    assert steps == sorted(steps)
    assert steps[0] < steps[-1] == pauses.step(10_000) == pauses.steps[-1]
    assert pauses.step(0) == pauses.step(1)  # before the first attempt the shortest counts


@pytest.mark.parametrize("table", list(TABLES))
def test_chance_spreads_pauses_within_bounds(table: str) -> None:
    pauses = TABLES[table]
    drawn = {pauses.after(1) for _ in range(50)}
    bounds = sorted([pauses.step(1), pauses.step(1) * (1 + pauses.spread)])
    assert len(drawn) > 1
    assert bounds[0] <= min(drawn) <= max(drawn) <= bounds[1]
    assert pauses.shortest == bounds[0]


def test_O7_a_kept_answer_is_never_looked_at_too_early() -> None:
    """Chance only lengthens the pauses of names: an answer that a resolver keeps for a while is gone by then."""
    assert all(claims.PAUSES.spread_out(timedelta(minutes=7)) >= timedelta(minutes=7) for _ in range(50))


def test_without_spread_the_table_counts() -> None:
    assert Pauses.of_seconds(10, 60, spread=0).after(2) == timedelta(seconds=60)
