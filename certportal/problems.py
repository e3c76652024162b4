"""A refusal for machines: problem details (RFC 9457) with the code and the values in its sentence."""

from __future__ import annotations

import json
from http import HTTPStatus

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse

from revocation.messages import Message

MEDIA_TYPE = "application/problem+json"
OFFERED = ["text/html", MEDIA_TYPE, "application/json"]
"""A client that accepts anything gets the page."""


def wants_problem(request: HttpRequest) -> bool:
    """Does the request's Accept prefer JSON to a page? (RFC 9110 section 12.5.1)"""
    return request.get_preferred_type(OFFERED) in OFFERED[1:]


def problem(message: Message, status: int) -> HttpResponse:
    """Return the problem details. `type` is about:blank: `code` tells problems apart, and docs/refusals.md lists it."""
    details = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": str(message),
        **message.as_json(),
    }
    body = json.dumps(details, cls=DjangoJSONEncoder, ensure_ascii=False)
    return HttpResponse(body, status=status, content_type=MEDIA_TYPE, headers={"Cache-Control": "no-store"})
