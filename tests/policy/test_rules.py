"""The rules M and N, each at its boundary."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from revocation.policy import EligibilityFacts, Related, State, WayOut, may_be_deleted, refusals

AT = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
FREE = EligibilityFacts(
    at=AT,
    uploaded=False,
    state=State.ISSUED,
    brand="digicert",
    issuer="Some CA",
    not_before=AT - timedelta(days=10),
    not_after=AT + timedelta(days=90),
)
SECOND = timedelta(seconds=1)
OTHER = Related(7, "www.example (ABCD)")


def rules(standing: EligibilityFacts, *, assisted: bool = False) -> list[str]:
    return [refusal.rule for refusal in refusals(standing, assisted=assisted)]


def test_nothing_stands_against_a_plain_certificate() -> None:
    assert rules(FREE) == []


def test_M1_uploaded_is_sent_to_its_issuer() -> None:
    (refusal,) = refusals(replace(FREE, uploaded=True))
    assert (refusal.rule, refusal.way_out) == ("M1", WayOut.ISSUER)
    assert "Some CA" in str(refusal.message)


@pytest.mark.parametrize("state", [State.REVOKING, State.REVOKED, State.DELETED])
def test_M2_other_states_are_refused(state: State) -> None:
    assert rules(replace(FREE, state=state)) == ["M2"]


def test_M2_expired_from_the_second_after_not_after() -> None:
    assert rules(replace(FREE, not_after=AT)) == []
    assert rules(replace(FREE, not_after=AT - SECOND)) == ["M2"]


def test_M2_open_request_is_named() -> None:
    (refusal,) = refusals(replace(FREE, open_request=12))
    assert (refusal.rule, refusal.way_out) == ("M2", WayOut.OPEN_REQUEST)


def test_M7_deployed_unless_the_key_is_compromised() -> None:
    deployed = replace(FREE, deployed_to=("web server",))
    (refusal,) = refusals(deployed)
    assert (refusal.rule, refusal.way_out) == ("M7", WayOut.UNDEPLOY)
    assert "web server" in str(refusal.message)
    assert rules(replace(deployed, reason=4)) == ["M7"]
    assert rules(replace(deployed, reason=1)) == []


@pytest.mark.parametrize(
    ("left", "renew", "refused"),
    [
        (timedelta(days=30), True, True),
        (timedelta(days=30) + SECOND, True, False),
        (timedelta(days=1), False, False),
        (timedelta(days=29), True, True),
    ],
)
def test_N1_thirty_days_exactly_count_and_both_conditions_are_needed(
    left: timedelta, renew: bool, refused: bool
) -> None:
    standing = replace(FREE, not_after=AT + left, to_be_renewed=renew)
    assert rules(standing) == (["N1"] if refused else [])
    assert rules(standing, assisted=True) == []


def test_N2_reissue_is_sent_to_the_original() -> None:
    (refusal,) = refusals(replace(FREE, original=OTHER))
    assert (refusal.rule, refusal.way_out) == ("N2", WayOut.ORIGINAL)
    assert rules(replace(FREE, original=OTHER), assisted=True) == ["N2"]


def test_N2_circle_leaves_the_assisted_request() -> None:
    circle = replace(FREE, chain_is_circular=True)
    assert rules(circle) == ["N2"]
    assert rules(circle, assisted=True) == []


def test_N3_from_25_march_2020_on_self_service() -> None:
    first = datetime(2020, 3, 25, tzinfo=UTC)
    assert rules(replace(FREE, not_before=first)) == []
    (refusal,) = refusals(replace(FREE, not_before=first - SECOND))
    assert (refusal.rule, refusal.way_out) == ("N3", WayOut.ASSISTED)
    assert rules(replace(FREE, not_before=first - SECOND), assisted=True) == []


def test_N_rules_spare_wotrus_and_M_rules_do_not() -> None:
    old = replace(FREE, brand="wotrus", not_before=datetime(2019, 1, 1, tzinfo=UTC), original=OTHER, to_be_renewed=True)
    assert rules(replace(old, not_after=AT + SECOND)) == []
    assert rules(replace(old, state=State.REVOKED)) == ["M2"]


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({}, False),
        ({"state": "revoked"}, True),
        ({"state": "revoking"}, False),
        ({"state": "deleted"}, False),
        ({"uploaded": True}, True),
        ({"not_after": AT - SECOND}, True),
        ({"not_after": AT}, False),
        ({"not_after": AT - SECOND, "state": "revoking"}, False),
        ({"not_after": AT - SECOND, "open_request": 3}, False),
    ],
)
def test_M6_what_may_be_deleted(changes: dict[str, object], allowed: bool) -> None:
    assert may_be_deleted(replace(FREE, **changes)) is allowed  # type: ignore[arg-type]
