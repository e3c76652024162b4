"""My Certificates, a certificate's page, and its deletion from the list (M6)."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from certportal.context import SHOWN
from revocation.models import (
    Brand,
    Certificate,
    DeploymentTarget,
    Event,
    RevocationRequest,
    open_request_of,
)
from revocation.models.certificate.certificate import LEVELS, STANDARDS
from revocation.services.core import clock
from revocation.services.inventory import deletion
from revocation.services.inventory.deletion import DeletionRefused, why_not_deletable
from revocation.services.requests import eligibility
from revocation.services.requests.joint_filing import MOST
from revocation.web.guards.access import actor, kept_certificate, own_customers
from revocation.web.guards.paging import Page, page_of, read_ids
from revocation.web.guards.refusals import conflict
from revocation.web.presenters.certificate_rows import CertificateRows
from revocation.web.presenters.todo import todos
from revocation.web.presenters.wanted import EXPIRIES, STATES, Wanted


@login_required
@require_safe
def certificate_list(request: HttpRequest) -> HttpResponse:
    """Show the list. Queries and work do not grow with the number of certificates: nothing is counted.

    The selected certificates (`id`) stay in the address from page to page and from search to search, without scripts
    too.
    """
    wanted, now, owners = Wanted.read(request.GET), timezone.now(), own_customers(request)
    lists = [wanted.chosen(owner.pk, now) for owner in owners if wanted.owner in ("", str(owner.pk))]
    cursors = {"after": request.GET.get("after", ""), "before": request.GET.get("before", "")}
    page = page_of(lists, size=wanted.rows, **cursors)
    chosen = read_ids(request.GET.getlist("id"))[:MOST]
    brands, several = dict(Brand.objects.values_list("slug", "name")), owners if len(owners) > 1 else []
    drawing = CertificateRows(now=now, chosen=chosen, brands=brands, owners={o.pk: o.name for o in several})
    context = {
        "wanted": wanted,
        "chosen": chosen,
        "elsewhere": [number for number in chosen if number not in page.ids],
        "page": page,
        "rows": _rows(page, drawing, now),
        "owners": [(str(owner.pk), owner.name) for owner in several],
        "organisations": [owner.name for owner in owners[:SHOWN]],
        "states": STATES,
        "brands": list(brands.items()),
        "levels": LEVELS,
        "standards": STANDARDS,
        "expiries": [(value, label) for value, (label, _, _) in EXPIRIES.items()],
        "todos": todos([owner.pk for owner in owners]),
        "most": MOST,
        "now": now,
    }
    return render(request, "revocation/certificates.html", context)


def _rows(page: Page, drawing: CertificateRows, now: datetime) -> SafeString:
    """Return the page's certificates in its order, drawn with their open requests and their menus."""
    found = Certificate.objects.in_bulk(page.ids)
    answers = eligibility.check([found[pk] for pk in page.ids if pk in found], at=now).values()
    numbers = [answer.facts.open_request for answer in answers if answer.facts.open_request]
    return drawing.drawn(answers, RevocationRequest.objects.only("state").in_bulk(numbers))


@login_required
@require_safe
def certificate_page(request: HttpRequest, pk: int) -> HttpResponse:
    certificate, now = kept_certificate(request, pk), timezone.now()
    if certificate.hidden_at or certificate.is_deleted:
        return _deleted_page(request, certificate, now)
    answer = eligibility.check_one(certificate, at=now)
    free = not certificate.is_locked and not certificate.is_expired(now)
    deployments = list(certificate.deployments.filter(withdrawn_at__isnull=True).select_related("target"))
    context = {
        "certificate": certificate,
        "open_request": open_request_of(certificate),
        "requests": certificate.requests.order_by("-pk")[:20],
        "deployments": deployments,
        "deployments_move": any(d.is_being_withdrawn or d.published_at is None for d in deployments),
        "targets": DeploymentTarget.objects.filter(customer=certificate.customer_id) if free else (),
        "reissues": certificate.reissues.all(),
        "expired": certificate.is_expired(now),
        "refused": answer.why_not,
        "deletable": not why_not_deletable(certificate, answer.facts),
        "events": _events(certificate),
        "watchers": certificate.watchers.order_by("email"),
    }
    return render(request, "revocation/certificate.html", context)


def _deleted_page(request: HttpRequest, certificate: Certificate, now: datetime) -> HttpResponse:
    """Show a deleted certificate (L7): facts, requests, history and receipt. No download, deployment or other act
    (M4)."""
    context = {
        "certificate": certificate,
        "erased": certificate.is_deleted,
        "expired": certificate.is_expired(now),
        "requests": certificate.requests.order_by("-pk")[:20],
        "reissues": certificate.reissues.all(),
        "events": _events(certificate),
    }
    return render(request, "revocation/certificate/deleted.html", context)


def _events(certificate: Certificate) -> QuerySet[Event]:
    return Event.objects.for_customers().filter(certificate_id=certificate.pk).order_by("-pk")[:100]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    certificate = kept_certificate(request, pk)
    if certificate.hidden_at and request.method != "POST":
        return redirect("certificate", pk)
    if request.method == "POST":
        try:
            deletion.hide(pk, by=actor(request), at=clock.now())
        except DeletionRefused as refused:
            return conflict(request, refused, f"/certificates/{pk}/")
        said = _("You deleted %(name)s from your list. Its requests and history are still under Requests.")
        messages.success(request, said % {"name": certificate.label})
        return redirect("certificates")
    answer = eligibility.check_one(certificate, at=clock.now())
    context = {
        "certificate": certificate,
        "deletable": not why_not_deletable(certificate, answer.facts),
        "requests": certificate.requests.order_by("-pk")[:20],
    }
    return render(request, "revocation/delete.html", context)
