"""Route F3: what to publish for each name, what the last check saw, check now, the other method (O4 to O7)."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from revocation.models import RevocationRequest
from revocation.services.core import clock
from revocation.services.ownership import proofs
from revocation.services.ownership.proofs import MethodRefused
from revocation.web.guards.access import actor, own_request
from revocation.web.guards.limits import limited
from revocation.web.guards.refusals import conflict
from revocation.web.presenters.proof_rows import Row, row


def proof_request(request: HttpRequest, pk: int) -> RevocationRequest:
    case = own_request(request, pk)
    if not case.takes_proof:
        raise Http404
    return case


@login_required
@require_safe
def ownership_page(request: HttpRequest, pk: int) -> HttpResponse:
    case = proof_request(request, pk)
    rows = [row(case, proof) for proof in case.name_proofs.select_related("publication")]
    now = timezone.now()
    digest = _digest(case, rows, now)
    if request.GET.get("seen") == digest:
        return HttpResponse(status=204)  # nothing new: the page keeps its focus and what is open on it
    context = {
        "case": case,
        "waiting": case.is_awaiting_proof,
        "rows": rows,
        "proven": sum(r.proof.proven_at is not None for r in rows),
        "last_check": max((r.proof.checked_at for r in rows if r.proof.checked_at), default=None),
        "one_view": len(settings.DNS_PERSPECTIVES) < 2,
        "digest": digest,
        "now": now,
    }
    return render(request, "revocation/ownership.html", context)


def _digest(case: RevocationRequest, rows: list[Row], now: datetime) -> str:
    """Return a digest that changes with the page: after a check, a proof, an hour, or the end of the request."""
    each = [(str(r.proof.checked_at), str(r.proof.proven_at), str(r.proof.next_check_at), r.proof.method) for r in rows]
    left = int((case.ownership_deadline - now).total_seconds() // 3600) if case.ownership_deadline else None
    return hashlib.sha256(repr((case.state, left, each)).encode()).hexdigest()[:16]


@login_required
@require_POST
@limited("checks")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    proof_request(request, pk)
    asked = proofs.check_now(pk, by=actor(request), at=clock.now())
    said = _("We are checking now.") if asked else _("A check is running or has just finished.")
    messages.info(request, said)
    return redirect("ownership", pk)


@login_required
@require_POST
@limited("checks")
def method(request: HttpRequest, pk: int) -> HttpResponse:
    proof_request(request, pk)
    name, chosen = request.POST.get("name", ""), request.POST.get("method", "")
    try:
        proofs.choose_method(pk, name, chosen, by=actor(request), at=clock.now())
    except MethodRefused as refused:
        return conflict(request, refused, f"/requests/{pk}/ownership/")
    return redirect("ownership", pk)
