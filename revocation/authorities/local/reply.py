"""An answer over HTTP that needs neither Django's request nor its middlewares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from io import BytesIO
from typing import Any, NamedTuple

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

Environ = dict[str, Any]

CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MATCH")
"""The conditions that are kept. Dates are not: they count whole seconds, and two answers of one second differ."""
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
NEVER_KEPT = {"Cache-Control": "no-store"}
SAFE = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
"""For browsers, which are not to take the bytes for anything else, nor to show them inside another page."""


class Reply(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, status: int, body: bytes, *headers: Mapping[str, str]) -> Reply:
        """Return a reply with these headers, the length, and what is said to browsers."""
        together = {**SAFE, "Content-Length": str(len(body))}
        for some in headers:
            together.update(some)
        return cls(status, together, body)


def not_found() -> Reply:
    return Reply.of(404, b"Not found.\n", TEXT, NEVER_KEPT)


def not_allowed(methods: tuple[str, ...]) -> Reply:
    return Reply.of(405, b"", TEXT, NEVER_KEPT, {"Allow": ", ".join(methods)})


def is_conditional(environ: Environ) -> bool:
    """Return whether the asker has a copy already, and wants another one only if it changed (RFC 9110 section 13)."""
    return any(condition in environ for condition in CONDITIONS)


def unchanged(environ: Environ, headers: Mapping[str, str]) -> Reply | None:
    """Return the reply without a body (304 or 412) if these headers and conditions ask for one, else None."""
    if not is_conditional(environ):
        return None
    full = HttpResponse(headers=dict(headers))
    asked = {name: environ[name] for name in (*CONDITIONS, "REQUEST_METHOD") if name in environ}
    found = get_conditional_response(WSGIRequest({**asked, "wsgi.input": BytesIO()}), headers["ETag"], None, full)
    if found is None or found is full:
        return None
    return Reply(found.status_code, {**SAFE, **dict(found.items())}, b"")


def kept_until(at: datetime, this_update: datetime, next_update: datetime, longest: timedelta) -> dict[str, str]:
    """Return headers that let caches keep it until `next_update`, but ask again after `longest` (RFC 5019 6.2)."""
    seconds = max(0, int(min(longest, next_update - at).total_seconds()))
    return {
        "Cache-Control": f"max-age={seconds}, public, no-transform, must-revalidate",
        "Last-Modified": _http_date(this_update),
        "Expires": _http_date(next_update),
    }


@lru_cache(maxsize=1024)
def _http_date(moment: datetime) -> str:
    return http_date(moment.timestamp())
