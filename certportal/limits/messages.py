"""What a refused attempt is told by code. Pages say it in the words of their own form."""

from __future__ import annotations

import math

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from certportal.problems import problem, wants_problem
from revocation.marking import gettext_noop
from revocation.messages import table

TOO_MANY = 429
MESSAGES = table(
    "limit",
    {
        "too_many_requests": gettext_noop(
            "You did this too often in the last hour. Nothing was changed. Try again in %(minutes)s min."
        ),
        "too_many_attempts": gettext_noop(
            "Too many failed attempts. Nothing was changed. Try again in %(minutes)s min."
        ),
    },
    status=TOO_MANY,
)


def answer(request: HttpRequest, code: str, seconds: int, page: HttpResponse) -> HttpResponse:
    """Return `page`, or problem details for a machine, with `Retry-After`."""
    if wants_problem(request):
        page = problem(MESSAGES.message(code, {"minutes": math.ceil(seconds / 60)}), TOO_MANY)
    page.headers["Retry-After"] = str(seconds)
    patch_vary_headers(page, ["Accept"])
    return page
