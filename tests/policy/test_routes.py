"""The table of routes, F9, O3 and the clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from revocation import policy
from revocation.pki.facts import Level, Standard
from revocation.policy import NEEDS, Route, letter_is_waived, proof_is_waived, route_for, time_to_decide
from revocation.reasons import Offer, offered_to_customers, offered_to_staff

DV, OV, EV = Level.DV, Level.OV, Level.EV
SM2, RSA = Standard.SM2, Standard.INTERNATIONAL


def expected(brand: str, standard: Standard, level: Level) -> Route:
    """Return the route, by the words of the rules written once more."""
    if brand == "wotrus" or (brand, standard, level) == ("dnspod", SM2, DV):
        return Route.F1
    if brand == "dnspod" and standard is SM2:
        return Route.F2
    return Route.F3 if level is DV else Route.F4


@pytest.mark.parametrize(
    ("brand", "standard", "level"), list(product(["wotrus", "dnspod", "trustasia", "cfca"], Standard, Level))
)
def test_F1_to_F4_every_combination_takes_its_route(brand: str, standard: Standard, level: Level) -> None:
    assert route_for(brand, standard, level) is expected(brand, standard, level)


def test_F2_F4_letters_take_their_kinds_and_F10_the_others_none() -> None:
    assert NEEDS[Route.F2].letter_files == {"jpg", "gif", "pdf"}
    assert NEEDS[Route.F4].letter_files == {"jpg", "png", "pdf"}
    assert not any(NEEDS[route].letter for route in (Route.F1, Route.F3, Route.A1))


def test_F5_K1_reason_is_asked_for_but_on_F3_and_where_it_is_key_compromise_anyway() -> None:
    assert [route for route in Route if not NEEDS[route].reason] == [Route.F3, Route.K1]


def test_F8_only_F4_replaces_its_letter() -> None:
    assert [route for route in Route if NEEDS[route].replace_letter] == [Route.F4]


def test_F9_letter_is_waived_for_delegated_validation_on_F4_only() -> None:
    assert letter_is_waived(Route.F4, delegated=True)
    assert not letter_is_waived(Route.F4, delegated=False)
    assert not any(letter_is_waived(route, delegated=True) for route in set(Route) - {Route.F4})


NOW = datetime(2026, 6, 15, tzinfo=UTC)
SECOND, HOUR = timedelta(seconds=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("seen", "broken", "holds"),
    [(None, None, False), (30 * HOUR, None, True), (30 * HOUR + SECOND, None, False), (HOUR, HOUR, False)],
    ids=["never seen", "the daily look", "no look for too long", "seen otherwise"],
)
def test_O2_a_delegation_holds_while_it_was_seen_lately(
    seen: timedelta | None, broken: timedelta | None, holds: bool
) -> None:
    seen_at, broken_at = (NOW - past if past else None for past in (seen, broken))
    assert policy.is_seen_lately(seen_at, broken_at, NOW) is holds


EXEMPT = (Route.F3, "trustasia", 2, ("*.a.example",), True)


def waived(route: Route, brand: str, years: int, names: tuple[str, ...], delegated: bool) -> bool:
    return proof_is_waived(route, brand, years, names, delegated=delegated)


def test_O3_all_conditions_together_waive_the_proof() -> None:
    assert waived(*EXEMPT)
    assert waived(Route.F3, "trustasia", 3, ("a.example", "*.a.example"), True)


@pytest.mark.parametrize(
    ("position", "other"), [(0, Route.F4), (1, "geotrust"), (2, 1), (3, ("a.example",)), (4, False)]
)
def test_O3_each_condition_is_needed(position: int, other: object) -> None:
    facts: list[Any] = list(EXEMPT)
    facts[position] = other
    assert not waived(*facts)


@pytest.mark.parametrize(
    ("route", "reason", "hours"),
    [(Route.F1, 4, 24), (Route.F4, 0, 24), (Route.F2, 1, 24), (Route.A1, 5, 120), (Route.A1, 1, 24)],
)
def test_R5_clocks(route: Route, reason: int, hours: int) -> None:
    assert time_to_decide(route, reason) == timedelta(hours=hours)


def test_O4_three_days_and_L2_reminders() -> None:
    assert timedelta(hours=72) == policy.OWNERSHIP_WINDOW
    assert (timedelta(hours=24), timedelta(hours=4)) == policy.REMINDERS


def test_reason_table_offers() -> None:
    assert [r.code for r in offered_to_customers(DV)] == [1, 4, 5, 0]
    assert [r.code for r in offered_to_customers(EV)] == [1, 3, 4, 5, 0]
    assert [r.code for r in offered_to_staff()] == [0, 1, 3, 4, 5, 9]
    assert all(r.offer is not Offer.NOBODY for r in offered_to_staff())
