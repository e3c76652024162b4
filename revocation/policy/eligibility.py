"""May this certificate be revoked now, or deleted? The rules M and N as a list.

Each looks at a `Standing` (the facts at one instant) and answers with a `Refusal` or None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from revocation.marking import gettext_noop
from revocation.policy.standing import Refusal, Standing, WayOut
from revocation.reasons import KEY_COMPROMISE

N1_WINDOW = timedelta(days=30)
N3_SELF_SERVICE_FROM = datetime(2020, 3, 25, tzinfo=UTC)
BRAND_OUTSIDE_N = "wotrus"


def m1_issued_here(s: Standing) -> Refusal | None:
    if not s.uploaded:
        return None
    return Refusal(
        "M1",
        "uploaded",
        gettext_noop(
            "This certificate was uploaded, not issued through this service. "
            "Its own issuer, %(issuer)s, must revoke it."
        ),
        WayOut.ISSUER,
        {"issuer": s.issuer},
    )


M2_STATES = {
    "revoking": gettext_noop("A revocation of this certificate is already under way."),
    "revoked": gettext_noop("This certificate is already revoked."),
    "deleted": gettext_noop("This certificate was deleted."),
}


def m2_issued_state(s: Standing) -> Refusal | None:
    sentence = M2_STATES.get(s.state)
    way_out = WayOut.OPEN_REQUEST if s.open_request else WayOut.NONE
    return Refusal("M2", s.state, sentence, way_out) if sentence else None


def m2_not_expired(s: Standing) -> Refusal | None:
    if s.at <= s.not_after:
        return None
    return Refusal(
        "M2",
        "expired",
        gettext_noop("This certificate has expired: nobody trusts it any more and nothing is left to revoke."),
    )


def m2_no_open_request(s: Standing) -> Refusal | None:
    if s.open_request is None or s.state != "issued":
        return None
    return Refusal(
        "M2",
        "open_request",
        gettext_noop("Request %(request)s for this certificate is open. Go on with that one."),
        WayOut.OPEN_REQUEST,
        {"request": s.open_request},
    )


def m7_not_deployed(s: Standing) -> Refusal | None:
    if not s.deployed_to or s.reason == KEY_COMPROMISE:
        return None
    return Refusal(
        "M7",
        "deployed",
        gettext_noop(
            "This certificate is still deployed: %(targets)s. Un-deploy it first. "
            "Only if someone else may have the private key may you go on at once."
        ),
        WayOut.UNDEPLOY,
        {"targets": "; ".join(s.deployed_to)},
    )


def n1_not_renewing(s: Standing) -> Refusal | None:
    if not (s.to_be_renewed and s.not_after - s.at <= N1_WINDOW):
        return None
    return Refusal(
        "N1",
        "renewing",
        gettext_noop(
            "This certificate expires within 30 days and is marked to be renewed, so it cannot be revoked here. "
            "If someone else may have the private key, ask us to revoke it."
        ),
        WayOut.ASSISTED,
    )


def n2_not_circular(s: Standing) -> Refusal | None:
    if not s.chain_is_circular:
        return None
    return Refusal(
        "N2",
        "circular",
        gettext_noop(
            "The record of reissues of this certificate goes round in a circle, "
            "so nobody can say what would die with it. Ask us."
        ),
        WayOut.ASSISTED,
    )


def n2_original_only(s: Standing) -> Refusal | None:
    if s.original is None:
        return None
    return Refusal(
        "N2",
        "reissued",
        gettext_noop(
            "This certificate was reissued from an original order. Revoke the original, %(original)s; "
            "this one is revoked with it."
        ),
        WayOut.ORIGINAL,
        {"original": s.original.label},
    )


def n3_not_too_old(s: Standing) -> Refusal | None:
    if s.not_before >= N3_SELF_SERVICE_FROM:
        return None
    return Refusal(
        "N3",
        "before_2020_03_25",
        gettext_noop(
            "This certificate was issued before 25 March 2020; such ones cannot be revoked by self-service. Ask us."
        ),
        WayOut.ASSISTED,
    )


Check = Callable[[Standing], Refusal | None]


@dataclass(frozen=True)
class Rule:
    """`spares_wotrus`: an N rule. `assisted`: does it stand against an assisted request (A1) as well?
    `key`: and against whoever proves that they hold the private key (K1)?"""

    id: str
    check: Check
    spares_wotrus: bool
    assisted: bool
    key: bool = False


RULES: tuple[Rule, ...] = (
    Rule("M1", m1_issued_here, spares_wotrus=False, assisted=True, key=True),
    Rule("M2", m2_issued_state, spares_wotrus=False, assisted=True, key=True),
    Rule("M2", m2_not_expired, spares_wotrus=False, assisted=True, key=True),
    Rule("M2", m2_no_open_request, spares_wotrus=False, assisted=True),
    Rule("N2", n2_not_circular, spares_wotrus=True, assisted=False),
    Rule("N2", n2_original_only, spares_wotrus=True, assisted=True),
    Rule("N3", n3_not_too_old, spares_wotrus=True, assisted=False),
    Rule("N1", n1_not_renewing, spares_wotrus=True, assisted=False),
    Rule("M7", m7_not_deployed, spares_wotrus=False, assisted=True),
)


def refusals(standing: Standing, *, assisted: bool = False) -> tuple[Refusal, ...]:
    """Every rule that stands against a request now, in the order in which they are explained."""
    wotrus = standing.brand == BRAND_OUTSIDE_N
    rules = (r for r in RULES if not (wotrus and r.spares_wotrus) and (r.assisted or not assisted))
    return tuple(refusal for rule in rules if (refusal := rule.check(standing)))


def refusals_of_key_proof(standing: Standing, *, ordered: bool) -> tuple[Refusal, ...]:
    """K1: what stands even against a proof that the key is in somebody's hands.

    `ordered`: is the authority being told already? A request that only waits (for a review, a proof) is overtaken.
    """
    if standing.state == "revoking" and not ordered:
        standing = replace(standing, state="issued")
    return tuple(refusal for rule in RULES if rule.key and (refusal := rule.check(standing)))


def may_be_deleted(standing: Standing) -> bool:
    """M6: unexpired and issued here only after it is revoked; expired and uploaded ones at any time.

    While a revocation is under way nothing may be deleted: the evidence is still being made.
    """
    if standing.state in ("revoking", "deleted") or standing.open_request is not None:
        return False
    return standing.uploaded or standing.state == "revoked" or standing.at > standing.not_after
