"""Which browsers and addresses an account has logged in from, so that strangers' guesses do not stop its owner.

A browser is known by a signed cookie (OWASP: *Slow down online guessing attacks with device cookies*). It proves no
identity and opens nothing: it only has counters of its own.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from certportal.limits import counting
from certportal.limits.places import network
from certportal.limits.rates import KNOWN_FOR
from certportal.peer import client_address

COOKIE = "known_browser"
SALT = "certportal.limits.marks"
MOST_PEOPLE = 8
"""The most people that one browser's cookie names: it holds 4 KB."""


@dataclass(frozen=True)
class Mark:
    """A browser, and the people who have logged in with it."""

    browser: str
    people: tuple[str, ...]


def of(request: HttpRequest) -> Mark | None:
    """What the browser's cookie says, if it is ours and not too old."""
    try:
        browser, people = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KNOWN_FOR)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Mark(browser, tuple(people))


def is_known_place(account: str, request: HttpRequest, at: datetime) -> bool:
    """Has this account logged in from this network address?"""
    return counting.is_remembered(_place(account, request), at)


def remember(account: str, request: HttpRequest, response: HttpResponse, at: datetime) -> None:
    """Remember that the owner of this account has logged in from this browser and this address."""
    mark = of(request) or Mark(secrets.token_urlsafe(16), ())
    people = [account, *(other for other in mark.people if other != account)][:MOST_PEOPLE]
    response.set_cookie(
        COOKIE,
        signing.dumps([mark.browser, people], salt=SALT),
        max_age=KNOWN_FOR,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    counting.remember(_place(account, request), KNOWN_FOR, at)


def _place(account: str, request: HttpRequest) -> str:
    return f"known:{account}:{network(client_address(request))}"
