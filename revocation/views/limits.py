"""Quotas against floods (threat 34): so many times in a window, for a person, their organisation and an address.

Counted in the cache that all processes share, in fixed windows. A refusal is a page that says when to go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from certportal.peer import client_address

View = Callable[..., HttpResponse]
WINDOW = 3600
"""Seconds."""
TIMES_FOR_MANY = 5
"""Several people may sit behind one address, and belong to one organisation."""


def limited(what: str) -> Callable[[View], View]:
    """At most `settings.QUOTAS[what]` POSTs an hour from a person, and `TIMES_FOR_MANY` as many from an organisation
    and from an address. Somebody of several organisations counts for each of them."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method == "POST" and request.user.is_authenticated and _is_full(request, what):
                return too_many(request)
            return view(request, *args, **kwargs)

        return wrapped

    return decorate


def _is_full(request: HttpRequest, what: str) -> bool:
    most = settings.QUOTAS[what]
    counted = {
        f"quota:{what}:user:{request.user.pk}": most,
        f"quota:{what}:address:{client_address(request)}": most * TIMES_FOR_MANY,
    }
    for customer in request.user.memberships.values_list("customer", flat=True):  # type: ignore[union-attr]
        counted[f"quota:{what}:organisation:{customer}"] = most * TIMES_FOR_MANY
    over = [_count(key) > limit for key, limit in counted.items()]
    return any(over)


def _count(key: str) -> int:
    """How many times in this window, this one included."""
    window = f"{key}:{int(time.time()) // WINDOW}".replace(" ", "")
    if cache.add(window, 1, WINDOW):
        return 1
    try:
        return int(cache.incr(window))
    except ValueError:  # it ended between the two
        return 1


def too_many(request: HttpRequest) -> HttpResponse:
    left = WINDOW - int(time.time()) % WINDOW
    answer = render(request, "429.html", {"minutes": left // 60 + 1}, status=429)
    answer.headers["Retry-After"] = str(left)
    return answer
