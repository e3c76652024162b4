"""Refusals of the domain, as a page or as problem details.

404 for strangers (L3), 409 when the present state forbids it (M3, M4), 503 when something outside does not answer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.defaults import page_not_found

from certportal.accounts.models import ChangedMeanwhile
from certportal.database.outages import is_lost, is_outage
from certportal.database.unanswered import unanswered
from certportal.problems import problem, wants_problem
from revocation.marking import gettext_noop
from revocation.messages import Message, Refused, table
from revocation.models import Certificate
from revocation.services.core.errors import NOT_FOUND, ActorRefused
from revocation.services.core.transitions import TransitionRefused
from revocation.services.core.unavailable import DatabaseUnavailable, Unavailable
from revocation.web.guards.access import DeletedFromTheList

log = logging.getLogger(__name__)

RETRY_SECONDS = "30"
CONFLICT, SERVICE_UNAVAILABLE = 409, 503

MESSAGES = (
    table(
        "certificate",
        {
            "deleted_from_list": gettext_noop(
                "%(certificate)s was deleted from your organisation's list, so you cannot change it. Its page still "
                "shows its requests, history and receipt."
            )
        },
        status=CONFLICT,
    )
    | table(
        "request",
        {
            "reason_final": gettext_noop("You cannot change the reason after you submit the request."),
            "no_proof_awaited": gettext_noop("This request is not waiting for a proof of ownership."),
        },
        status=CONFLICT,
    )
    | table(
        "account",
        {"changed_meanwhile": gettext_noop("Nothing was saved because this account was changed at the same time.")},
        status=CONFLICT,
    )
)


def answer(request: HttpRequest, why: Message, back: str, status: int) -> HttpResponse:
    """Render a refusal once: as a page, or as problem details for a machine. `back`: the page to go on from."""
    if wants_problem(request):
        response = problem(why, status)
    else:
        template = "503.html" if status == SERVICE_UNAVAILABLE else "409.html"
        response = render(request, template, {"sentence": str(why), "back": back}, status=status)
    if status == SERVICE_UNAVAILABLE:
        response["Retry-After"] = RETRY_SECONDS
    patch_vary_headers(response, ["Accept"])
    return response


def conflict(request: HttpRequest, why: Message | Refused, back: str) -> HttpResponse:
    """Answer 409: the present state forbids it. `back`: the address of the page to go on from."""
    return answer(request, why.message if isinstance(why, Refused) else why, back, CONFLICT)


def deleted(request: HttpRequest, certificate: Certificate) -> HttpResponse:
    why = MESSAGES.message("deleted_from_list", {"certificate": str(certificate)})
    return conflict(request, why, reverse("certificate", args=[certificate.pk]))


def not_found(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer 404, the same for what does not exist and for what is somebody else's (L3)."""
    asked = wants_problem(request)
    response = problem(NOT_FOUND.message("not_found"), 404) if asked else page_not_found(request, error)
    patch_vary_headers(response, ["Accept"])
    return response


def unavailable(request: HttpRequest, reason: Unavailable) -> HttpResponse:
    """Answer 503: nothing changed, and the same page may be requested again."""
    return answer(request, reason.message, request.path, SERVICE_UNAVAILABLE)


class DomainRefusals:
    """Middleware that answers refusals in one way for every customer's page, so that no view can forget one.

    A person whose membership was withdrawn after the page was loaded is a stranger: 404. The admin catches its own
    refusals before they come here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, refusal: Exception) -> HttpResponse | None:
        if isinstance(refusal, ActorRefused) or (isinstance(refusal, Http404) and wants_problem(request)):
            return not_found(request, refusal)
        if isinstance(refusal, DeletedFromTheList):
            return deleted(request, refusal.certificate)
        if isinstance(refusal, TransitionRefused):
            return conflict(request, refusal, f"/requests/{refusal.request.pk}/")
        if isinstance(refusal, ChangedMeanwhile):
            return conflict(request, MESSAGES.message("changed_meanwhile"), request.path)
        if isinstance(refusal, Unavailable):
            return unavailable(request, refusal)
        if isinstance(refusal, Refused) and refusal.http_status:
            return answer(request, refusal.message, request.path, refusal.http_status)
        if is_outage(refusal):
            log.error("a page was given up", exc_info=refusal)
            return no_database(request, refusal)
        return None


def no_database(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer an outage of the database: a page of the portal's if the database can still be read, else a plain one."""
    if is_lost(error) and not wants_problem(request):
        return unanswered()
    try:
        response = unavailable(request, DatabaseUnavailable())
    except DatabaseError:
        return unanswered()
    response.__dict__["_has_been_logged"] = True  # else every request of an outage is logged
    return response
