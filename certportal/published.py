"""The short way to what certificates name (CRLs, OCSP, CA certificates): before Django's handler and its middlewares.

Clients ask by the host of PKI_BASE_URL, by a former one, or by an address, over http and https. The answers are the
same for everybody: no Host header stands in any of them, and no cookie, session or language is read.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation

from certportal.database import schema
from certportal.database.outages import is_outage
from certportal.database.unanswered import unanswered, upgrading
from revocation.authorities.local import published
from revocation.authorities.local.reply import NEVER_KEPT, TEXT, Environ, Reply

log = logging.getLogger(__name__)

Application = Callable[[Environ, Any], Iterable[bytes]]
LONGEST_PATH = 200
"""Characters of an address in the log."""
STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


def short_way(served: Application) -> Application:
    """Answer requests for what is published, and pass all others on."""

    def application(environ: Environ, start_response: Any) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(published.FOLDER):
            return served(environ, start_response)
        close_old_connections()
        reply = answer(environ)
        close_old_connections()
        start_response(STATUS_LINES[reply.status], list(reply.headers.items()))
        return () if environ["REQUEST_METHOD"] == "HEAD" else (reply.body,)

    return application


class Published:
    """Middleware with the same answers, for servers and tests that begin with Django's handler."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(published.FOLDER):
            return self.get_response(request)
        reply = answer(request.META)
        response = HttpResponse(reply.body, status=reply.status)
        del response.headers["Content-Type"]
        for name, value in reply.headers.items():
            response.headers[name] = value
        return response


def answer(environ: Environ) -> Reply:
    """Answer, whatever happens. An outage and a database that is older than the code are a 503, as everywhere."""
    try:
        return published.answer(environ, at=timezone.now())
    except Exception as error:
        log.exception("%s was not answered", environ.get("PATH_INFO", "")[:LONGEST_PATH])
        with translation.override(settings.LANGUAGE_CODE):
            return _failed(error)


def _failed(error: Exception) -> Reply:
    if is_outage(error):
        return _reply(unanswered())
    if problem := schema.why_broken():
        log.error("%s", problem)
        return _reply(upgrading())
    return Reply.of(500, b"Internal server error.\n", TEXT, NEVER_KEPT)


def _reply(page: HttpResponse) -> Reply:
    return Reply.of(page.status_code, page.content, dict(page.items()))
