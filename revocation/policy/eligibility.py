"""The rules M and N as a list: may this certificate be revoked now, or deleted?

Each rule looks at `EligibilityFacts` (the facts at one instant) and answers with a `Refusal` or None.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from revocation.marking import gettext_noop
from revocation.policy.eligibility_facts import EligibilityFacts, Refusal, WayOut
from revocation.policy.states import State
from revocation.reasons import KEY_COMPROMISE

N1_WINDOW = timedelta(days=30)
N3_SELF_SERVICE_FROM = datetime(2020, 3, 25, tzinfo=UTC)
BRAND_OUTSIDE_N = "wotrus"


def m1_issued_here(s: EligibilityFacts) -> Refusal | None:
    if not s.uploaded:
        return None
    return Refusal(
        "M1",
        "uploaded",
        WayOut.ISSUER,
        {"issuer": s.issuer},
    )


M2_STATES = frozenset({State.REVOKING, State.REVOKED, State.DELETED})


def m2_issued_state(s: EligibilityFacts) -> Refusal | None:
    way_out = WayOut.OPEN_REQUEST if s.open_request else WayOut.NONE
    return Refusal("M2", s.state, way_out) if s.state in M2_STATES else None


def m2_not_expired(s: EligibilityFacts) -> Refusal | None:
    if s.at <= s.not_after:
        return None
    return Refusal(
        "M2",
        "expired",
    )


def m2_no_open_request(s: EligibilityFacts) -> Refusal | None:
    if s.open_request is None or s.state != State.ISSUED:
        return None
    return Refusal(
        "M2",
        "open_request",
        WayOut.OPEN_REQUEST,
        {"request": s.open_request},
    )


def m7_not_deployed(s: EligibilityFacts) -> Refusal | None:
    if not s.deployed_to or s.reason == KEY_COMPROMISE:
        return None
    return Refusal(
        "M7",
        "deployed",
        WayOut.UNDEPLOY,
        {"targets": "; ".join(s.deployed_to)},
    )


def n1_not_renewing(s: EligibilityFacts) -> Refusal | None:
    if not (s.to_be_renewed and s.not_after - s.at <= N1_WINDOW):
        return None
    return Refusal(
        "N1",
        "renewing",
        WayOut.ASSISTED,
    )


def n2_not_circular(s: EligibilityFacts) -> Refusal | None:
    if not s.chain_is_circular:
        return None
    return Refusal(
        "N2",
        "circular",
        WayOut.ASSISTED,
    )


def n2_original_only(s: EligibilityFacts) -> Refusal | None:
    if s.original is None:
        return None
    return Refusal(
        "N2",
        "reissued",
        WayOut.ORIGINAL,
        {"original": s.original.label},
    )


def n3_not_too_old(s: EligibilityFacts) -> Refusal | None:
    if s.not_before >= N3_SELF_SERVICE_FROM:
        return None
    return Refusal(
        "N3",
        "before_2020_03_25",
        WayOut.ASSISTED,
    )


Check = Callable[[EligibilityFacts], Refusal | None]


@dataclass(frozen=True)
class Rule:
    """One rule M or N.

    `title`: what is true when the rule does not refuse. `spares_wotrus`: an N rule, from which WoTrus certificates are
    exempt. `assisted`: it also applies to an assisted request (A1). `key`: it also applies to a proof of the private
    key (K1).
    """

    id: str
    title: str
    check: Check
    spares_wotrus: bool
    assisted: bool
    key: bool = False


RULES: tuple[Rule, ...] = (
    Rule(
        "M1", gettext_noop("Issued through this service"), m1_issued_here, spares_wotrus=False, assisted=True, key=True
    ),
    Rule(
        "M2",
        gettext_noop("Neither revoked nor being revoked"),
        m2_issued_state,
        spares_wotrus=False,
        assisted=True,
        key=True,
    ),
    Rule("M2", gettext_noop("Not expired"), m2_not_expired, spares_wotrus=False, assisted=True, key=True),
    Rule("M2", gettext_noop("No other open request"), m2_no_open_request, spares_wotrus=False, assisted=True),
    Rule("N2", gettext_noop("The record of reissues is sound"), n2_not_circular, spares_wotrus=True, assisted=False),
    Rule("N2", gettext_noop("Not a reissue of a living original"), n2_original_only, spares_wotrus=True, assisted=True),
    Rule("N3", gettext_noop("Issued on or after 25 March 2020"), n3_not_too_old, spares_wotrus=True, assisted=False),
    Rule("N1", gettext_noop("Not about to be renewed"), n1_not_renewing, spares_wotrus=True, assisted=False),
    Rule("M7", gettext_noop("Not deployed any more"), m7_not_deployed, spares_wotrus=False, assisted=True),
)


def answers(standing: EligibilityFacts, *, assisted: bool = False) -> tuple[tuple[Rule, Refusal | None], ...]:
    """Return every rule with its answer to a request now, in the order in which pages explain them."""
    wotrus = standing.brand == BRAND_OUTSIDE_N
    return tuple(
        (rule, None if (wotrus and rule.spares_wotrus) or (assisted and not rule.assisted) else rule.check(standing))
        for rule in RULES
    )


def refusals(standing: EligibilityFacts, *, assisted: bool = False) -> tuple[Refusal, ...]:
    """Return the refusals of the rules that stand against a request now."""
    return tuple(refusal for _, refusal in answers(standing, assisted=assisted) if refusal)


def refusals_of_key_proof(standing: EligibilityFacts, *, ordered: bool) -> tuple[Refusal, ...]:
    """K1: return the refusals that stand even against a proof of the private key.

    `ordered`: whether there is an order to the authority already. Without one, the certificate's request only waits
    (for a review or a proof) and does not stand against this proof, which overtakes it.
    """
    if standing.state == State.REVOKING and not ordered:
        standing = replace(standing, state=State.ISSUED)
    return tuple(refusal for rule in RULES if rule.key and (refusal := rule.check(standing)))


def may_be_deleted(standing: EligibilityFacts) -> bool:
    """M6: return whether the certificate may be deleted: it is revoked, expired or uploaded.

    While a revocation or an open request is under way it may not: the evidence is still being made.
    """
    if standing.state in (State.REVOKING, State.DELETED) or standing.open_request is not None:
        return False
    return standing.uploaded or standing.state == State.REVOKED or standing.at > standing.not_after
