"""Automatic validation: waiver (F9), exemption (O3), fallback (O2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from revocation.policy.routes import Route

DELEGATION_SEEN_WITHIN = timedelta(hours=30)
"""How long a delegation counts after a look found it: a day, and six hours for a worker that is late."""


def is_seen_lately(seen_at: datetime | None, broken_at: datetime | None, at: datetime) -> bool:
    """Return whether a delegation holds: it was last found within `DELEGATION_SEEN_WITHIN`, and not broken since."""
    return seen_at is not None and broken_at is None and at - seen_at <= DELEGATION_SEEN_WITHIN


EXEMPT_BRAND = "trustasia"
EXEMPT_TERMS = frozenset({2, 3})


def letter_is_waived(route: Route, *, delegated: bool) -> bool:
    """F9: return whether a request needs no letter, since every domain is set up for automatic validation (F4).

    The review stays. `delegated`: whether a delegation (`dns_proxy`, `file_proxy`) holds for the domain of every name.
    """
    return route.spec.needs.waivable_letter and delegated


def proof_is_waived(route: Route, brand: str, term_years: int, names: tuple[str, ...], *, delegated: bool) -> bool:
    """O3: return whether no new proof is needed: for TrustAsia wildcards of two or three years that are `delegated`."""
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
"""O2: an automatic method that has not proven its name in this time has failed. The customer has 70 hours left."""
