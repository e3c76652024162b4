"""THE TABLES: which route a certificate takes, and the rules M and N that say whether it may be revoked now.

Read aloud, a row of `ROUTES` says: "brand, standard, level → route"; the first row that fits counts. `RULES` is the
list of named rules; each looks at a `Standing` (the facts at one instant) and answers with a `Refusal` or None.
Nothing else in the project branches on the type of a certificate. To add a row, see CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from revocation.marking import gettext_noop
from revocation.pki.facts import Level, Standard
from revocation.reasons import KEY_COMPROMISE

# -- Routes ---------------------------------------------------------------------------------------------------------


class Route(StrEnum):
    """The four routes, the assisted request (A1), and the proof of a compromised key (K1)."""

    F1 = "F1"  # reason → confirm → review
    F2 = "F2"  # reason → application letter → review
    F3 = "F3"  # submit → prove ownership → revoked, no reviewer
    F4 = "F4"  # reason → confirmation letter → review
    A1 = "A1"  # what self-service cannot take: a form, staff's justification, another's approval
    K1 = "K1"  # a signature by the certificate's own key → revoked, no reviewer


ANY_BRAND = "*"
ALL_STANDARDS = frozenset(Standard)
ALL_LEVELS = frozenset(Level)
ORGANISATION = frozenset({Level.OV, Level.EV})


@dataclass(frozen=True)
class RouteRow:
    brand: str
    standards: frozenset[Standard]
    levels: frozenset[Level]
    route: Route

    def fits(self, brand: str, standard: Standard, level: Level) -> bool:
        return self.brand in (ANY_BRAND, brand) and standard in self.standards and level in self.levels


ROUTES: tuple[RouteRow, ...] = (
    RouteRow("wotrus", ALL_STANDARDS, ALL_LEVELS, Route.F1),
    RouteRow("dnspod", frozenset({Standard.SM2}), frozenset({Level.DV}), Route.F1),
    RouteRow("dnspod", frozenset({Standard.SM2}), ORGANISATION, Route.F2),
    RouteRow(ANY_BRAND, ALL_STANDARDS, frozenset({Level.DV}), Route.F3),
    RouteRow(ANY_BRAND, ALL_STANDARDS, ORGANISATION, Route.F4),
)


def route_for(brand: str, standard: Standard, level: Level) -> Route:
    """The route of a certificate by its brand (slug), standard and validation level."""
    return next(row.route for row in ROUTES if row.fits(brand, standard, level))


@dataclass(frozen=True)
class RouteNeeds:
    """What a route demands. `letter`: kind of letter or ''. `letter_files`: accepted kinds of file (F2, F4, A1).
    `replace_letter`: may it be replaced before Next (F8)? `evidence`: at least one file (A1)."""

    reason: bool
    review: bool
    ownership: bool = False
    letter: str = ""
    letter_files: frozenset[str] = frozenset()
    replace_letter: bool = False
    evidence: bool = False


NEEDS: dict[Route, RouteNeeds] = {
    Route.F1: RouteNeeds(reason=True, review=True),
    Route.F2: RouteNeeds(reason=True, review=True, letter="application", letter_files=frozenset({"jpg", "gif", "pdf"})),
    Route.F3: RouteNeeds(reason=False, review=False, ownership=True),
    Route.F4: RouteNeeds(
        reason=True,
        review=True,
        letter="confirmation",
        letter_files=frozenset({"jpg", "png", "pdf"}),
        replace_letter=True,
    ),
    Route.A1: RouteNeeds(reason=True, review=True, evidence=True, letter_files=frozenset({"jpg", "png", "gif", "pdf"})),
    Route.K1: RouteNeeds(reason=False, review=False),
}


@dataclass(frozen=True)
class Situation:
    """A1: why self-service cannot take it, and what we need as evidence."""

    slug: str
    title: str
    evidence: str


SITUATIONS: tuple[Situation, ...] = (
    Situation(
        "too_old",
        gettext_noop("The certificate was issued before 25 March 2020"),
        gettext_noop("A letter with your organisation's stamp, or the order or invoice of the certificate."),
    ),
    Situation(
        "compromised",
        gettext_noop("Someone else may have the private key, and the certificate is about to be renewed"),
        gettext_noop(
            "What shows it: the place where the key can be found, a log of the break-in. Never the key itself."
        ),
    ),
    Situation(
        "lapsed",
        gettext_noop("The domain has lapsed and was deleted, or somebody else owns it now"),
        gettext_noop(
            "The registrar's notice or invoice that shows that it was yours, and what the WHOIS or RDAP says today."
        ),
    ),
    Situation(
        "control_lost",
        gettext_noop("We lost control of the domain, its DNS or the web server"),
        gettext_noop(
            "What shows that it is yours (registrar's invoice, contract with the hoster), and what happened: their "
            "answer, a report to the police."
        ),
    ),
)
"""A1: the cases that self-service cannot take. N3 and N1 lead to the first two."""

SITUATION_OF_RULE = {"N3": "too_old", "N1": "compromised"}

# -- Automatic validation: waiver F9, exemption O3, fallback O2 ------------------------------------------------------

DELEGATION_SEEN_WITHIN = timedelta(hours=30)
"""A delegation counts while its daily look found it: a day, and six hours for a worker that is late."""


def is_seen_lately(seen_at: datetime | None, broken_at: datetime | None, at: datetime) -> bool:
    """Does a delegation hold? Found as it must be not long ago, and not found otherwise since."""
    return seen_at is not None and broken_at is None and at - seen_at <= DELEGATION_SEEN_WITHIN


EXEMPT_BRAND = "trustasia"
EXEMPT_TERMS = frozenset({2, 3})


def letter_is_waived(route: Route, *, delegated: bool) -> bool:
    """F9: no letter on route F4 where automatic validation of every domain is seen to be set up. The review stays.

    `delegated`: is a delegation (`dns_proxy`, `file_proxy`) seen to hold for the domain of every name?
    """
    return route is Route.F4 and delegated


def proof_is_waived(route: Route, brand: str, term_years: int, names: tuple[str, ...], *, delegated: bool) -> bool:
    """O3: TrustAsia wildcards of a two- or three-year order with automatic validation need no new proof."""
    return (
        route is Route.F3
        and brand == EXEMPT_BRAND
        and term_years in EXEMPT_TERMS
        and any(name.startswith("*.") for name in names)
        and delegated
    )


FALLBACKS = {"dns_auto": "dns", "dns_proxy": "dns", "file_proxy": "file"}
"""O2: the manual method that an automatic one falls back to when its conditions no longer hold."""

AUTOMATIC_FOR = timedelta(hours=2)
"""O2: an automatic method that has proven nothing in this time has failed; the customer has 70 hours left."""

# -- Clocks ---------------------------------------------------------------------------------------------------------

OWNERSHIP_WINDOW = timedelta(hours=72)
"""O4: three days from submission."""
REMINDERS = (timedelta(hours=24), timedelta(hours=4))
"""L2: reminders when so much time is left."""
URGENT = timedelta(hours=24)
ORDINARY = timedelta(days=5)


def time_to_decide(route: Route, reason: int) -> timedelta:
    """R5: 24 h for key compromise and for a subscriber's authenticated request, 5 days for other causes.

    A request on the routes F1 to F4 is filed by the logged-in subscriber, hence authenticated. An assisted request
    (A1) is not, until staff vouch for it: only a compromised key makes it urgent.
    """
    return ORDINARY if route is Route.A1 and reason != KEY_COMPROMISE else URGENT


TWICE_APPROVED = frozenset({Route.F1, Route.F2, Route.F4})
"""Routes on which a second approval can be asked for. On A1 two have a part anyway: one vouches, one decides."""


def approvals_needed(route: Route, level: str, doubled: Collection[str]) -> int:
    """How many must approve. `doubled`: the validation levels that need two (setting TWO_APPROVALS_FOR)."""
    return 2 if route in TWICE_APPROVED and level in doubled else 1


RETENTION_AFTER_EXPIRY = timedelta(days=2 * 365 + 1)
"""M6: the tombstone stays at least two years after expiry (one of which may be a leap year)."""

# -- Eligibility: the rules M and N ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Doomed:
    """A certificate that dies with the one in question, or that it must be revoked through (N2)."""

    id: int
    label: str


@dataclass(frozen=True)
class Standing:
    """What the rules look at, at the instant `at`. Made by `Certificate.standing()`."""

    at: datetime
    uploaded: bool
    state: str
    brand: str
    issuer: str
    not_before: datetime
    not_after: datetime
    to_be_renewed: bool = False
    open_request: int | None = None
    deployed_to: tuple[str, ...] = ()
    original: Doomed | None = None
    dies_with_it: tuple[Doomed, ...] = ()
    chain_is_circular: bool = False
    reason: int | None = None


class WayOut(StrEnum):
    """Where a refused person can go instead. The pages turn each into a link."""

    NONE = ""
    ISSUER = "issuer"
    OPEN_REQUEST = "open_request"
    UNDEPLOY = "undeploy"
    ORIGINAL = "original"
    ASSISTED = "assisted"


@dataclass(frozen=True)
class Refusal:
    """Why not. `sentence` has %(name)s placeholders for `params`; it is translated where it is shown."""

    rule: str
    code: str
    sentence: str
    way_out: WayOut = WayOut.NONE
    params: dict[str, Any] = field(default_factory=dict)


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


# -- Deletion: M6 ---------------------------------------------------------------------------------------------------


def may_be_deleted(standing: Standing) -> bool:
    """M6: unexpired and issued here only after it is revoked; expired and uploaded ones at any time.

    While a revocation is under way nothing may be deleted: the evidence is still being made.
    """
    if standing.state in ("revoking", "deleted") or standing.open_request is not None:
        return False
    return standing.uploaded or standing.state == "revoked" or standing.at > standing.not_after
