"""The interface by which the rest of the portal uses the database's guards (`revocation.guards`)."""

from __future__ import annotations

from revocation.guards.keeping import ensure as ensure
from revocation.guards.keeping import lift as lift
from revocation.guards.keeping import missing as missing
from revocation.guards.keeping import remove as remove
from revocation.guards.keeping import strays as strays

HINT = "Run `make migrate` (or `manage.py migrate`), which puts them back, and find out who took them away."


def why_not_ready(using: str = "default") -> str:
    """Return a sentence when guards are missing or changed, else ''."""
    if not (names := missing(using)):
        return ""
    return f"The database lacks {len(names)} of its guards, or they were changed: {', '.join(names[:5])}. {HINT}"
