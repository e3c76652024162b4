"""Who is at the other end of the connection (L1)."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the peer's IP address. Behind our own proxy it is the one that the proxy saw, the last it appended."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    peer: str = request.META.get("REMOTE_ADDR", "")
    return (forwarded.rpartition(",")[2].strip() or peer)[:100]
