"""THE TABLE of routes: one record a route, from which everything else about it follows.

A record has the route's name, its certificates, its demands, its clock, its approvals and its checklist. To add a
route, see CONTRIBUTING.md.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from revocation.letters import wording
from revocation.letters.wording import Wording
from revocation.marking import gettext_noop
from revocation.pki.facts import Level, Standard
from revocation.policy import checklist_items as items
from revocation.policy.checklist_items import Item
from revocation.policy.clocks import ORDINARY, URGENT
from revocation.reasons import KEY_COMPROMISE

ANY_BRAND = "*"
ALL_STANDARDS = frozenset(Standard)
ALL_LEVELS = frozenset(Level)
ORGANISATION = frozenset({Level.OV, Level.EV})


@dataclass(frozen=True)
class Certificates:
    """The certificates that take a route, by brand (slug), standards and validation levels."""

    brand: str
    standards: frozenset[Standard] = ALL_STANDARDS
    levels: frozenset[Level] = ALL_LEVELS

    def fits(self, brand: str, standard: Standard, level: Level) -> bool:
        return self.brand in (ANY_BRAND, brand) and standard in self.standards and level in self.levels


@dataclass(frozen=True)
class RouteNeeds:
    """What a route demands.

    `ownership`: a proof for every name. `key`: a proof of the private key. `letter`: its words, or None.
    `letter_files`: accepted kinds of file (F2, F4, A1). `replace_letter`: it may be replaced before Next (F8).
    `waivable_letter`: it is waived when every domain is delegated (F9). `evidence`: at least one file (A1).
    """

    reason: bool
    review: bool
    ownership: bool = False
    key: bool = False
    letter: Wording | None = None
    letter_files: frozenset[str] = frozenset()
    replace_letter: bool = False
    waivable_letter: bool = False
    evidence: bool = False


@dataclass(frozen=True)
class RouteSpec:
    """The record of a route.

    `name`: staff read it. `summary`: what it asks of the customer. `certificates`: which certificates take the route by
    themselves; a row that names a brand goes before one for any brand. `clock`: R5, the time to decide when the key is
    not compromised. `doubled`: a setting can demand a second approval. `checklist`: what a reviewer must look at.
    """

    name: str
    summary: str
    needs: RouteNeeds
    certificates: tuple[Certificates, ...] = ()
    clock: timedelta = URGENT
    doubled: bool = False
    checklist: tuple[Item, ...] = ()


class Route(StrEnum):
    """The four routes, the assisted request (A1) and the proof of key compromise (K1). A code has two characters."""

    spec: RouteSpec

    def __new__(cls, code: str, spec: RouteSpec | None = None) -> Route:
        if spec is None:
            raise TypeError(f"{code} has no RouteSpec")
        route = str.__new__(cls, code)
        route._value_ = code
        route.spec = spec
        return route

    F1 = (
        "F1",
        RouteSpec(
            name=gettext_noop("F1: review"),
            summary=gettext_noop("You give a reason, and we review the request."),
            needs=RouteNeeds(reason=True, review=True),
            certificates=(
                Certificates("wotrus"),
                Certificates("dnspod", frozenset({Standard.SM2}), frozenset({Level.DV})),
            ),
            doubled=True,
            checklist=(items.REASON, items.NAMES, items.IMPACT, items.HISTORY),
        ),
    )
    F2 = (
        "F2",
        RouteSpec(
            name=gettext_noop("F2: application letter and review"),
            summary=gettext_noop("You give a reason and upload the stamped application. We review the request."),
            needs=RouteNeeds(
                reason=True, review=True, letter=wording.APPLICATION, letter_files=frozenset({"jpg", "gif", "pdf"})
            ),
            certificates=(Certificates("dnspod", frozenset({Standard.SM2}), ORGANISATION),),
            doubled=True,
            checklist=items.LETTER,
        ),
    )
    F3 = (
        "F3",
        RouteSpec(
            name=gettext_noop("F3: proof of ownership"),
            summary=gettext_noop("You prove within 72 hours that you control the names. There is no review."),
            needs=RouteNeeds(reason=False, review=False, ownership=True),
            certificates=(Certificates(ANY_BRAND, levels=frozenset({Level.DV})),),
        ),
    )
    F4 = (
        "F4",
        RouteSpec(
            name=gettext_noop("F4: confirmation letter and review"),
            summary=gettext_noop(
                "You give a reason and upload the stamped confirmation letter. We review the request."
            ),
            needs=RouteNeeds(
                reason=True,
                review=True,
                letter=wording.CONFIRMATION,
                letter_files=frozenset({"jpg", "png", "pdf"}),
                replace_letter=True,
                waivable_letter=True,
            ),
            certificates=(Certificates(ANY_BRAND, levels=ORGANISATION),),
            doubled=True,
            checklist=items.LETTER,
        ),
    )
    A1 = (
        "A1",  # what self-service cannot take: one member of staff vouches for it and another decides
        RouteSpec(
            name=gettext_noop("A1: assisted request"),
            summary=gettext_noop("You describe your case. One member of staff examines it and another decides."),
            needs=RouteNeeds(
                reason=True, review=True, evidence=True, letter_files=frozenset({"jpg", "png", "gif", "pdf"})
            ),
            clock=ORDINARY,  # nobody has authenticated the subscriber until staff vouch for the request
            checklist=(items.EVIDENCE, items.REASON, items.NAMES, items.IMPACT, items.REACHED),
        ),
    )
    K1 = (
        "K1",
        RouteSpec(
            name=gettext_noop("K1: proof of key compromise"),
            summary=gettext_noop("You prove that you hold the private key. We send the revocation to the CA at once."),
            needs=RouteNeeds(reason=False, review=False, key=True),
        ),
    )


NEEDS: dict[Route, RouteNeeds] = {route: route.spec.needs for route in Route}
UNREVIEWED = tuple(route.value for route in Route if not route.spec.needs.review)
BY_OWNERSHIP = tuple(route.value for route in Route if route.spec.needs.ownership)
BY_KEY = tuple(route.value for route in Route if route.spec.needs.key)
"""Codes of the routes with a proof instead of a review. The database's constraints and guards name them."""

BY_CERTIFICATE: tuple[tuple[Certificates, Route], ...] = tuple(
    sorted(
        ((certificates, route) for route in Route for certificates in route.spec.certificates),
        key=lambda row: row[0].brand == ANY_BRAND,
    )
)
"""All rows of `RouteSpec.certificates`, those that name a brand first."""


def route_for(brand: str, standard: Standard, level: Level) -> Route:
    """Return the route of a certificate by its brand (slug), standard and validation level."""
    return next(route for certificates, route in BY_CERTIFICATE if certificates.fits(brand, standard, level))


def time_to_decide(route: Route, reason: int) -> timedelta:
    """R5: return 24 h for key compromise and for a subscriber's authenticated request, 5 days for other causes.

    The signed-in subscriber files a request on the routes F1 to F4, so it is authenticated. An assisted one (A1) is
    not.
    """
    return URGENT if reason == KEY_COMPROMISE else route.spec.clock


def approvals_needed(route: Route, level: str, doubled: Collection[str]) -> int:
    """Return how many must approve. `doubled`: the validation levels that need two (setting TWO_APPROVALS_FOR)."""
    return 2 if route.spec.doubled and level in doubled else 1
