"""Who changes an account: the person behind the present request, or a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from allauth.core import context
from django.http import HttpRequest

from certportal.accounts.models import User
from certportal.peer import client_address
from revocation.models import Actor

_given: ContextVar[Actor | None] = ContextVar("acting", default=None)


@contextmanager
def acting(by: Actor) -> Iterator[None]:
    """Attribute changes of accounts within the block to this actor."""
    token = _given.set(by)
    try:
        yield
    finally:
        _given.reset(token)


def present_request() -> HttpRequest | None:
    """The request that this thread answers, if any: allauth's middleware keeps it."""
    request: HttpRequest | None = context.request
    return request


def who_acts(concerned: User) -> Actor | None:
    """The actor of a change that is being made.

    Args:
        concerned: whose account it is. A visitor who is not logged in acts as this person: a mailed link and a
            recovery code are proofs of identity.

    Returns:
        None where neither a request nor a command is behind the change: migrations, demo data, a shell.
    """
    if by := _given.get():
        return by
    request = present_request()
    if request is None:
        return None
    user = request.user if isinstance(request.user, User) else concerned
    return Actor.person(user, source=client_address(request))
