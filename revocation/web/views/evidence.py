"""A1: the evidence of an assisted request: what we need, adding files, viewing and removing them."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from revocation.letters.inspection import LetterRejected
from revocation.models import Evidence, RevocationRequest
from revocation.services.core import clock
from revocation.services.letters import evidence as service
from revocation.services.letters.store import LetterDamaged, LetterMissing
from revocation.web.guards.access import actor, own_request
from revocation.web.guards.limits import limited
from revocation.web.guards.refusals import conflict
from revocation.web.guards.upload_limits import go_on, too_large, with_preview
from revocation.web.guards.uploads import was_cut_off
from revocation.web.letter_response import evidence_file_response, evidence_picture_response
from revocation.web.presenters.accepted_files import accepted_files


def evidence_request(request: HttpRequest, pk: int) -> RevocationRequest:
    case = own_request(request, pk)
    if not case.takes_evidence:
        raise Http404
    return case


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("uploads")
def evidence(request: HttpRequest, pk: int) -> HttpResponse:
    case = evidence_request(request, pk)
    if request.method != "POST":
        return _page(request, case)
    if not service.is_open(case):
        return conflict(request, service.MESSAGES.message("submitted"), f"/requests/{pk}/")
    uploaded = request.FILES.get("evidence")
    if was_cut_off(request):
        return too_large(request)
    if uploaded is None:
        return _page(request, case, _("Select a file."), 422)
    name, data, size = uploaded.name or "", uploaded.read(), uploaded.size
    try:
        service.add(pk, by=actor(request), at=clock.now(), data=data, file_name=name, size=size)
    except LetterRejected as rejected:
        return _page(request, case, str(rejected), 422)
    messages.success(request, _("The file is uploaded. Add another file, or continue to the request and submit it."))
    return go_on(request, reverse("evidence", args=[pk]))


def _page(request: HttpRequest, case: RevocationRequest, problem: str = "", status: int = 200) -> HttpResponse:
    context = {
        "case": case,
        "now": timezone.now(),
        "files": list(case.evidence.all()),
        "open": service.is_open(case),
        "situation": case.situation_row,
        "problem": problem,
        **accepted_files(case),
    }
    return with_preview(render(request, "revocation/evidence.html", context, status=status))


@login_required
@require_POST
def remove(request: HttpRequest, pk: int, found: int) -> HttpResponse:
    evidence_request(request, pk)
    service.remove(pk, found, by=actor(request), at=clock.now())
    return redirect("evidence", pk)


@login_required
@require_safe
def file(request: HttpRequest, pk: int, found: int) -> HttpResponse:
    kept = get_object_or_404(own_request(request, pk).evidence, pk=found, erased_at__isnull=True)
    try:
        return evidence_file_response(kept)
    except (LetterDamaged, LetterMissing):
        raise Http404 from None


@login_required
@require_safe
def picture(request: HttpRequest, pk: int, found: int, number: int) -> HttpResponse:
    kept: Evidence = get_object_or_404(own_request(request, pk).evidence, pk=found, erased_at__isnull=True)
    if not 1 <= number <= len(kept.pages):
        raise Http404
    try:
        return evidence_picture_response(kept, number)
    except (LetterDamaged, LetterMissing):
        raise Http404 from None
