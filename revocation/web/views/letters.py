"""The letter of F2 and F4: template, upload, and the check before it counts (F6 to F10)."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certportal.numbers import row_number
from revocation.letters.inspection import LetterRejected
from revocation.models import HeldLetter, Letter, LetterPicture, RevocationRequest
from revocation.services.core import clock
from revocation.services.letters import upload
from revocation.services.letters.cover import covered, template_fields
from revocation.services.letters.store import LetterDamaged, LetterMissing
from revocation.services.letters.upload import LetterSlotClosed
from revocation.web.guards.access import actor, own_request
from revocation.web.guards.limits import limited
from revocation.web.guards.refusals import conflict
from revocation.web.guards.upload_limits import go_on, too_large, with_preview
from revocation.web.guards.uploads import was_cut_off
from revocation.web.letter_response import held_picture_response, letter_file_response, letter_picture_response
from revocation.web.presenters.accepted_files import accepted_files


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("uploads")
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    if request.method == "POST":
        return _upload(request, case)
    return _page(request, case)


def _page(request: HttpRequest, case: RevocationRequest, problem: str = "", status: int = 200) -> HttpResponse:
    context = {
        "case": case,
        "letter": case.current_letter(),
        "held": _held(case),
        "covers": covered(case) if case.filed_with_id else [],
        "problem": problem,
        "why_closed": "" if case.letter_slot_is_open else upload.why_closed(case),
        "has_template": case.letter_wording is not None,
        "left_out": _left_out(case),
        **accepted_files(case),
    }
    return with_preview(render(request, "revocation/letter.html", context, status=status))


def _left_out(case: RevocationRequest) -> str:
    """Return the characters that the template cannot show, as text for people."""
    from revocation.letters.template import (
        without_form,  # drawing loads typefaces that other pages and the worker's start do not need
    )

    if case.letter_wording is None or not case.letter_slot_is_open:
        return ""
    return " ".join(without_form(template_fields(case)))


def _held(case: RevocationRequest) -> HeldLetter | None:
    return HeldLetter.objects.filter(request=case, expires_at__gt=timezone.now()).first()


def _upload(request: HttpRequest, case: RevocationRequest) -> HttpResponse:
    if not case.letter_slot_is_open:
        return conflict(request, upload.why_closed(case), reverse("request", args=[case.pk]))
    uploaded = request.FILES.get("letter")
    if was_cut_off(request):
        return too_large(request)
    if uploaded is None:
        return _page(request, case, _("Select the file with the signed and stamped letter."), 422)
    try:
        taken = upload.submit_file(
            case.pk,
            by=actor(request),
            at=clock.now(),
            data=uploaded.read(),
            file_name=uploaded.name or "",
            size=uploaded.size,
        )
    except LetterRejected as rejected:
        return _page(request, case, str(rejected), 422)
    if isinstance(taken, Letter):
        return _is_in(request, case)
    return go_on(request, reverse("letter_check", args=[case.pk]))


def _is_in(request: HttpRequest, case: RevocationRequest) -> HttpResponse:
    messages.success(request, _("The letter is uploaded. Review and submit the request below."))
    return go_on(request, reverse("request", args=[case.pk]))


@login_required
@require_safe
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the uploaded letter before it counts: its pages as the reviewer will see them, and what was noticed."""
    case = own_request(request, pk)
    held = _held(case)
    if held is None or not case.letter_slot_is_open:
        return redirect("letter", pk)
    context = {"case": case, "held": held, "warnings": upload.warnings(held)}
    return render(request, "revocation/letter/check.html", context)


@login_required
@require_POST
def keep(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    held = row_number(request.POST.get("held", "")) or 0
    try:
        upload.keep(case.pk, held, by=actor(request), at=clock.now())
    except LetterSlotClosed as closed:
        if case.current_letter() and not case.letter_slot_is_open:
            return redirect("request", pk)  # the second of two clicks
        return conflict(request, closed, reverse("letter", args=[pk]))
    return _is_in(request, case)


@login_required
@require_POST
def drop(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    upload.drop(case.pk, by=actor(request))
    return redirect("letter", pk)


@login_required
@require_safe
def template(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    words = case.letter_wording
    if words is None:
        raise Http404
    from revocation.letters.template import letter as pdf_letter

    fields = template_fields(case)
    headers = {
        "Content-Disposition": f'attachment; filename="{words.kind}-{fields.number}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(pdf_letter(words, fields), content_type="application/pdf", headers=headers)


@login_required
@require_safe
def file(request: HttpRequest, pk: int, letter: int) -> HttpResponse:
    found = get_object_or_404(own_request(request, pk).letters, pk=letter, erased_at__isnull=True)
    try:
        return letter_file_response(found)
    except (LetterDamaged, LetterMissing):
        raise Http404 from None


@login_required
@require_safe
def picture(request: HttpRequest, pk: int, letter: int, number: int) -> HttpResponse:
    pictures = LetterPicture.objects.filter(letter__request=own_request(request, pk), letter__erased_at__isnull=True)
    found = get_object_or_404(pictures, letter=letter, number=number)
    try:
        return letter_picture_response(found)
    except (LetterDamaged, LetterMissing):
        raise Http404 from None


@login_required
@require_safe
def held_picture(request: HttpRequest, pk: int, held: int, number: int) -> HttpResponse:
    found = get_object_or_404(HeldLetter, pk=held, request=own_request(request, pk))
    if not 1 <= number <= len(found.pages):
        raise Http404
    try:
        return held_picture_response(found, number)
    except (LetterDamaged, LetterMissing):
        raise Http404 from None
