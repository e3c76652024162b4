"""Automatic validation: waiver (F9), exemption (O3), fallback (O2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from revocation.policy.routes import Route

DELEGATION_SEEN_WITHIN = timedelta(hours=30)
"""A delegation counts while its daily look found it: a day, and six hours for a worker that is late."""


def is_seen_lately(seen_at: datetime | None, broken_at: datetime | None, at: datetime) -> bool:
    """Does a delegation hold? Found as it must be not long ago, and not found otherwise since."""
    return seen_at is not None and broken_at is None and at - seen_at <= DELEGATION_SEEN_WITHIN


EXEMPT_BRAND = "trustasia"
EXEMPT_TERMS = frozenset({2, 3})


def letter_is_waived(route: Route, *, delegated: bool) -> bool:
    """F9: no letter on such a route (F4) where automatic validation of every domain is seen to be set up.

    The review stays.

    `delegated`: is a delegation (`dns_proxy`, `file_proxy`) seen to hold for the domain of every name?
    """
    return route.spec.needs.waivable_letter and delegated


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
