"""Route F3: what to publish for each name, what the last check saw, check now, the other method (O4 to O7)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from revocation.models import ManualMethod, NameProof, RequestState, RevocationRequest
from revocation.ownership import challenge
from revocation.services import ownership
from revocation.services.ownership import MethodRefused
from revocation.views.access import actor, own_request
from revocation.views.refusing import conflict


def proof_request(request: HttpRequest, pk: int) -> RevocationRequest:
    case = own_request(request, pk)
    if not case.needs.ownership:
        raise Http404
    return case


@login_required
@require_safe
def ownership_page(request: HttpRequest, pk: int) -> HttpResponse:
    case = proof_request(request, pk)
    rows = [_row(case, proof) for proof in case.name_proofs.select_related("publication")]
    context = {
        "case": case,
        "waiting": case.state == RequestState.AWAITING_OWNERSHIP,
        "rows": rows,
        "proven": sum(row["proof"].proven_at is not None for row in rows),
        "now": timezone.now(),
    }
    return render(request, "revocation/ownership.html", context)


def _row(case: RevocationRequest, proof: NameProof) -> dict[str, Any]:
    other = ManualMethod.FILE if proof.method == ManualMethod.DNS else ManualMethod.DNS
    return {
        "proof": proof,
        "publish": _to_publish(case, proof),
        "by_file": proof.method == ManualMethod.FILE,
        "other": None if proof.name.startswith("*.") else other,
    }


def _to_publish(case: RevocationRequest, proof: NameProof) -> list[tuple[str, str]]:
    if proof.method == ManualMethod.FILE:
        url = challenge.file_url(proof.name, case.challenge_file)
        return [(_("Address of the file"), url), (_("Content of the file"), case.challenge_value)]
    kind = case.certificate.brand.proof_record.upper()
    value = case.challenge_value
    if kind == "CNAME":
        value = challenge.expected_cname(value, settings.OWNERSHIP_CNAME_ZONE)
    name = challenge.record_name(proof.name, settings.OWNERSHIP_RECORD_LABEL)
    return [(_("Record name"), name), (_("Record type"), kind), (_("Record value"), value)]


@login_required
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    proof_request(request, pk)
    asked = ownership.check_now(pk, by=actor(request), at=timezone.now())
    said = _("We are checking now.") if asked else _("A check was made a moment ago or is under way.")
    messages.info(request, said)
    return redirect("ownership", pk)


@login_required
@require_POST
def method(request: HttpRequest, pk: int) -> HttpResponse:
    proof_request(request, pk)
    name, chosen = request.POST.get("name", ""), request.POST.get("method", "")
    try:
        ownership.choose_method(pk, name, chosen, by=actor(request), at=timezone.now())
    except MethodRefused as refused:
        return conflict(request, str(refused), f"/requests/{pk}/ownership/")
    return redirect("ownership", pk)
