"""The person behind a request to the admin, as the services want to know them."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from certportal.accounts.models import User
from revocation.models import Actor


def acting_user(request: HttpRequest) -> Actor:
    """The logged-in member of staff, with the address they come from (L1)."""
    assert isinstance(request.user, User)  # noqa: S101 - every admin view has checked the log-in
    return Actor.person(request.user, source=client_address(request))


def client_address(request: HttpRequest) -> str:
    """The peer's IP address; behind our own proxy the one that the proxy saw, the last it appended."""
    forwarded = request.headers.get("X-Forwarded-For", "") if settings.BEHIND_PROXY else ""
    peer: str = request.META.get("REMOTE_ADDR", "")
    return (forwarded.rpartition(",")[2].strip() or peer)[:100]
