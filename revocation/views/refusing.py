"""What the domain refuses, as a page: 404 to strangers (L3), 409 when the state of the world is against it (M3, M4),
503 when something outside does not answer."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import page_not_found

from revocation.services.filing import NotYours
from revocation.services.transitions import ActorRefused, TransitionRefused
from revocation.services.unavailable import DatabaseUnavailable, LettersUnavailable

log = logging.getLogger(__name__)

PASSING = ("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_BUSY", "53", "55P03", "57P", "58")
"""How the codes begin of what is wrong with a database and not with us: a full disk, locks, a server that goes down
(sqlite.org/rescode.html; PostgreSQL's appendix A)."""
RETRY_SECONDS = "30"


def conflict(request: HttpRequest, sentence: str, back: str) -> HttpResponse:
    """`sentence`: why not, complete. `back`: the address of the page to go on from."""
    return render(request, "409.html", {"sentence": sentence, "back": back}, status=409)


def unavailable(request: HttpRequest, reason: LettersUnavailable) -> HttpResponse:
    """Nothing changed; the same page may be asked again."""
    answer = render(request, "503.html", {"sentence": str(reason), "back": request.path}, status=503)
    answer["Retry-After"] = RETRY_SECONDS
    return answer


class DomainRefusals:
    """Middleware: the refusals that every customer's page answers alike, so that no view can forget one.

    A membership withdrawn between loading a page and pressing its button makes the person a stranger: 404.
    The admin catches its own before they come here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, refusal: Exception) -> HttpResponse | None:
        if isinstance(refusal, NotYours | ActorRefused):
            return page_not_found(request, refusal)
        if isinstance(refusal, TransitionRefused):
            return conflict(request, str(refusal), f"/requests/{refusal.request.pk}/")
        if isinstance(refusal, LettersUnavailable):
            return unavailable(request, refusal)
        if isinstance(refusal, OperationalError) and _code(refusal).startswith(PASSING):
            log.error("the database failed: %s", refusal)
            return unavailable(request, DatabaseUnavailable())
        return None


def _code(error: OperationalError) -> str:
    cause = error.__cause__
    return getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None) or ""
