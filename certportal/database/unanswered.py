"""The pages for a database that is away or too old, wherever it is met: made without the database (threats 31, 35,
55)."""

from __future__ import annotations

import logging
import sys

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from certportal.database.outages import is_outage

log = logging.getLogger(__name__)

RETRY_SECONDS, UPGRADE_SECONDS = "10", "30"


def unanswered() -> HttpResponse:
    """Answer 503, and ask for another try soon."""
    page = render_to_string("unanswered.html")
    answer = HttpResponse(page, status=503, headers={"Retry-After": RETRY_SECONDS, "Cache-Control": "no-store"})
    answer.__dict__["_has_been_logged"] = True  # else every request of an outage is logged
    return answer


def upgrading() -> HttpResponse:
    """Answer 503 while the code is newer than its database (threat 35)."""
    page = render_to_string("upgrading.html")
    return HttpResponse(page, status=503, headers={"Retry-After": UPGRADE_SECONDS, "Cache-Control": "no-store"})


def broken(request: HttpRequest) -> HttpResponse:
    """Answer an error that nobody caught, also in middleware and templates (`handler500`). An outage is a 503."""
    if not is_outage(sys.exc_info()[1]):
        return server_error(request)
    log.error("a page was given up", exc_info=True)
    return unanswered()
