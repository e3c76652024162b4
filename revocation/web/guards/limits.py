"""Quotas against floods (threat 34): how often a person, their organisation and an address may act in a window.

A window begins with the first time and lasts an hour. A refusal is a page that says when to go on.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from certportal.limits import counting, messages
from certportal.limits.counting import Full, Rate
from certportal.limits.places import network
from certportal.peer import client_address

View = Callable[..., HttpResponse]
WINDOW = 3600
"""Seconds."""
TIMES_FOR_MANY = 5
"""The factor for an address and an organisation, which several people may share."""


def limited(what: str) -> Callable[[View], View]:
    """Limit a view to `settings.QUOTAS[what]` POSTs an hour from one person.

    An organisation and an address may send `TIMES_FOR_MANY` times as many. A member of several organisations counts for
    each of them.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and request.user.is_authenticated:
                taken = counting.take(_rates(request, what), timezone.now())
                if isinstance(taken, Full):
                    return too_many(request, taken.seconds)
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


def _rates(request: HttpRequest, what: str) -> dict[str, Rate]:
    """Return the rate of each counter that this request counts in, by the counter's name."""
    most = settings.QUOTAS[what]
    alone, many = Rate(most, WINDOW), Rate(most * TIMES_FOR_MANY, WINDOW)
    rates = {
        f"quota {what} person {request.user.pk}": alone,
        f"quota {what} at {network(client_address(request))}": many,
    }
    for customer in request.user.memberships.values_list("customer", flat=True):  # type: ignore[union-attr]
        rates[f"quota {what} organisation {customer}"] = many
    return rates


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    page = render(request, "429.html", {"minutes": math.ceil(seconds / 60)}, status=messages.TOO_MANY)
    return messages.answer(request, "too_many_requests", seconds, page)
