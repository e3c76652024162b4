"""M6 and the reason table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from revocation import policy, reasons
from revocation.pki.facts import Level
from tests.people import NOW
from tests.policy.standing import FREE

EXPIRED = NOW - timedelta(seconds=1)


@pytest.mark.parametrize(
    ("facts", "may"),
    [
        ({}, False),
        ({"not_after": NOW}, False),
        ({"not_after": EXPIRED}, True),
        ({"uploaded": True}, True),
        ({"uploaded": True, "not_after": EXPIRED}, True),
        ({"state": "revoked"}, True),
        ({"state": "revoked", "not_after": EXPIRED}, True),
        ({"state": "revoking"}, False),
        ({"state": "revoking", "not_after": EXPIRED}, False),
        ({"state": "deleted"}, False),
        ({"open_request": 1, "not_after": EXPIRED}, False),
        ({"open_request": 1, "uploaded": True}, False),
    ],
)
def test_M6_may_be_deleted(facts: dict[str, Any], may: bool) -> None:
    assert policy.may_be_deleted(replace(FREE, **facts)) is may


def test_M6_a_tombstone_stays_two_years_even_over_a_leap_day() -> None:
    assert timedelta(days=731) <= policy.RETENTION_AFTER_EXPIRY


@pytest.mark.parametrize(
    ("level", "codes"), [(Level.DV, [1, 4, 5, 0]), (Level.OV, [1, 3, 4, 5, 0]), (Level.EV, [1, 3, 4, 5, 0])]
)
def test_reasons_offered_to_customers_none_of_these_last(level: Level, codes: list[int]) -> None:
    assert [reason.code for reason in reasons.offered_to_customers(level)] == codes


def test_reasons_offered_to_staff() -> None:
    assert [reason.code for reason in reasons.offered_to_staff()] == [0, 1, 3, 4, 5, 9]


def test_reasons_are_those_of_RFC_5280() -> None:
    assert [reason.code for reason in reasons.REASONS] == list(range(11))
    assert {reason.code: reason.name for reason in reasons.offered_to_staff()} == {
        0: "unspecified",
        1: "keyCompromise",
        3: "affiliationChanged",
        4: "superseded",
        5: "cessationOfOperation",
        9: "privilegeWithdrawn",
    }
