"""THE TABLE of routes, brand × standard × level → route, and what each route demands.

Read aloud, a row of `ROUTES` says: "brand, standard, level → route"; the first row that fits counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from revocation.pki.facts import Level, Standard


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
