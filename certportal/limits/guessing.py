"""The limits around every form of `guards.GUARDS`, which check a secret or send a mail (U4).

A place in each counter is taken before the view looks at what was typed, and given back when it was right. So guesses
in parallel cannot pass a limit, and whoever logs in often without mistakes is never refused.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from certportal.limits import counting, marks, pages
from certportal.limits.counting import Full, Rate, Taken
from certportal.limits.guards import GUARDS, Guard, linked, logged_in, person
from certportal.limits.places import network
from certportal.limits.rates import RATES
from certportal.peer import client_address

log = logging.getLogger(__name__)

Next = Callable[[HttpRequest], HttpResponse]
FROM_ANYWHERE = "from anywhere"


@dataclass(frozen=True)
class Attempt:
    """One use of a limited form. `account`: whom it is about, if known. `was_in`: somebody was logged in before it."""

    guard: Guard
    account: str
    taken: Taken
    was_in: bool


class GuessingLimits:
    """Refuse guesses that are over a limit with a page, status 429 and the time to wait."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        attempt: Attempt | None = getattr(request, "attempt", None)
        if attempt:
            _settle(attempt, request, response)
            if account := _shown_to_be_owner(attempt, request, response):
                marks.remember(account, request, response, timezone.now())
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        guard = GUARDS.get(name)
        if guard is None or not guard.checks(request.method or ""):
            return None
        account = guard.account(request, kwargs)
        taken = counting.take(_rates(guard, account, request), timezone.now())
        if isinstance(taken, Full):
            return pages.refusal(request, guard, taken.seconds, elsewhere=_only_strangers(taken))
        request.attempt = Attempt(guard, account, taken, request.user.is_authenticated)  # type: ignore[attr-defined]
        return None


def _rates(guard: Guard, account: str, request: HttpRequest) -> Mapping[str, Rate]:
    """Which counters this attempt needs a place in, by name."""
    rates, kind, where = RATES[guard.kind], guard.kind, network(client_address(request))
    if account and guard.account is logged_in:
        session = f"{kind} {account} logged in"
        return _there({f"{session} at {where}": rates.together, session: rates.owner})
    mark = marks.of(request)
    if account and mark and account in mark.people:
        browser = f"{kind} {account} with {mark.browser}"
        return _there({browser: rates.together, f"{browser} in a day": rates.owner})
    found = {f"{kind} at {where}": rates.place}
    if account:
        found[f"{kind} {account} at {where}"] = rates.together
        if rates.strangers and not marks.is_known_place(account, request, timezone.now()):
            found[f"{kind} {account} {FROM_ANYWHERE}"] = rates.strangers
    return _there(found)


def _there(rates: Mapping[str, Rate | None]) -> Mapping[str, Rate]:
    return {name: rate for name, rate in rates.items() if rate}


def _only_strangers(full: Full) -> bool:
    return all(name.endswith(FROM_ANYWHERE) for name in full.names)


def _settle(attempt: Attempt, request: HttpRequest, response: HttpResponse) -> None:
    if not attempt.guard.counts(response):
        counting.give_back(attempt.taken)
    elif attempt.taken.last:
        log.warning("too many attempts (%s) from %s", attempt.guard.kind, network(client_address(request)))


def _shown_to_be_owner(attempt: Attempt, request: HttpRequest, response: HttpResponse) -> str:
    """Return the account that was just logged in to, or whose password was just set by a mailed link; else ''."""
    if request.user.is_authenticated and not attempt.was_in:
        return person(request.user.pk)
    by_link = attempt.guard.account is linked and request.method == "POST" and not attempt.guard.counts(response)
    return attempt.account if by_link and 300 <= response.status_code < 400 else ""
