"""My Certificates, a certificate's page, and its deletion from the list (M6)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from revocation import policy
from revocation.models import Certificate, CertificateState, DeploymentTarget, Event, RequestState
from revocation.services import deleting
from revocation.services.deleting import DeletionRefused
from revocation.services.filing import explain
from revocation.views.access import actor, own_certificate, own_requests, viewer
from revocation.views.paging import page_of
from revocation.views.refusing import conflict

COLUMNS = (
    "id", "state", "common_name", "names", "subject", "serial_number", "level", "standard",
    "not_after", "uploaded", "brand__name",
)  # fmt: skip
STATES = tuple(choice for choice in CertificateState.choices if choice[0] != CertificateState.DELETED)
NEEDS_YOU = (RequestState.DRAFT, RequestState.HANDED_BACK, RequestState.AWAITING_OWNERSHIP)


@login_required
@require_safe
def certificate_list(request: HttpRequest) -> HttpResponse:
    state, q = request.GET.get("state", ""), request.GET.get("q", "").strip()
    cursors = {"after": request.GET.get("after", ""), "before": request.GET.get("before", "")}
    context = {
        "page": page_of(_chosen(request, state, q), **cursors),
        "filtered": bool(state or q),
        "state": state,
        "q": q,
        "states": STATES,
        "needs_you": own_requests(request).filter(is_open=True, state__in=NEEDS_YOU).order_by("due_at", "pk")[:20],
        "now": timezone.now(),
    }
    return render(request, "revocation/certificates.html", context)


def _chosen(request: HttpRequest, state: str, q: str) -> QuerySet[Certificate, dict[str, Any]]:
    rows = Certificate.objects.visible_to(viewer(request)).exclude(state=CertificateState.DELETED)
    if state in CertificateState.values:
        rows = rows.filter(state=state)
    if q:
        rows = rows.filter(search_text__contains=q.lower())
    narrow: QuerySet[Certificate, dict[str, Any]] = rows.values(*COLUMNS)
    return narrow


@login_required
@require_safe
def certificate_page(request: HttpRequest, pk: int) -> HttpResponse:
    certificate, now = own_certificate(request, pk), timezone.now()
    standing = certificate.standing(at=now)
    free = not certificate.is_locked and not certificate.is_expired(now)
    refusals = [refusal for refusal in policy.refusals(standing) if refusal.rule != "M7"]
    deployments = list(certificate.deployments.filter(withdrawn_at__isnull=True).select_related("target"))
    context = {
        "certificate": certificate,
        "open_request": certificate.open_request(),
        "requests": certificate.requests.order_by("-pk")[:20],
        "deployments": deployments,
        "deployments_move": any(d.is_being_withdrawn or d.published_at is None for d in deployments),
        "targets": DeploymentTarget.objects.filter(customer=certificate.customer_id) if free else (),
        "reissues": certificate.reissues.all(),
        "expired": certificate.is_expired(now),
        "refused": explain(refusals[0]) if refusals else "",
        "deletable": policy.may_be_deleted(standing),
        "events": _events(certificate),
    }
    return render(request, "revocation/certificate.html", context)


def _events(certificate: Certificate) -> QuerySet[Event]:
    return Event.objects.filter(certificate_id=certificate.pk).order_by("-pk")[:100]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    certificate = own_certificate(request, pk)
    if request.method == "POST":
        try:
            deleting.hide(pk, by=actor(request), at=timezone.now())
        except DeletionRefused as refused:
            return conflict(request, str(refused), f"/certificates/{pk}/")
        messages.success(request, _("%(name)s is deleted from your list.") % {"name": certificate.label})
        return redirect("certificates")
    deletable = policy.may_be_deleted(certificate.standing(at=timezone.now()))
    return render(request, "revocation/delete.html", {"certificate": certificate, "deletable": deletable})
