"""The person behind a request to the admin, as the services want to know them."""

from __future__ import annotations

from django.http import HttpRequest

from certportal.accounts.models import User
from certportal.peer import client_address
from revocation.models import Actor


def acting_user(request: HttpRequest) -> Actor:
    """The logged-in member of staff, with the address they come from (L1)."""
    assert isinstance(request.user, User)  # noqa: S101 - every admin view has checked the log-in
    return Actor.person(request.user, source=client_address(request))
