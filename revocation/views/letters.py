"""The letter of F2 and F4: template, upload, preview (F6 to F10)."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from revocation.letter_response import letter_file_response, letter_picture_response
from revocation.letters.inspection import LetterRejected
from revocation.letters.template import letter as pdf_letter
from revocation.letters.wording import WORDINGS
from revocation.models import LetterPicture, RevocationRequest
from revocation.services import letters
from revocation.services.letter_cover import template_fields
from revocation.services.letter_store import LetterDamaged, LetterMissing
from revocation.views.access import actor, own_request
from revocation.views.refusing import conflict

EXTENSIONS = {"jpg": ".jpg,.jpeg", "png": ".png", "gif": ".gif", "pdf": ".pdf"}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    if request.method == "POST":
        return _upload(request, case)
    return _page(request, case)


def _page(request: HttpRequest, case: RevocationRequest, problem: str = "", status: int = 200) -> HttpResponse:
    kinds = sorted(case.needs.letter_files)
    context = {
        "case": case,
        "letter": case.current_letter(),
        "problem": problem,
        "why_closed": "" if case.letter_slot_is_open else letters.why_closed(case),
        "accept": ",".join(EXTENSIONS[kind] for kind in kinds),
        "kinds": ", ".join(kind.upper() for kind in kinds),
        "max_bytes": settings.LETTER_MAX_BYTES,
        "max_mb": f"{settings.LETTER_MAX_BYTES / 1024**2:.1f}",
        "ticked": bool(request.POST.get("final")),
    }
    return render(request, "revocation/letter.html", context, status=status)


def _upload(request: HttpRequest, case: RevocationRequest) -> HttpResponse:
    if not case.letter_slot_is_open:
        return conflict(request, letters.why_closed(case), f"/requests/{case.pk}/")
    uploaded = request.FILES.get("letter")
    if uploaded is None:
        return _page(request, case, _("Choose the file with the signed and stamped letter."), 422)
    if not case.needs.replace_letter and not request.POST.get("final"):
        return _page(request, case, _("Tick the box: this letter cannot be uploaded again."), 422)
    try:
        letters.upload(
            case.pk,
            by=actor(request),
            at=timezone.now(),
            data=uploaded.read(),
            file_name=uploaded.name or "",
            size=uploaded.size,
        )
    except LetterRejected as rejected:
        return _page(request, case, letters.explain(rejected), 422)
    messages.success(request, _("The letter is in. Look at the preview, then submit the request below."))
    return redirect("request", case.pk)


@login_required
@require_safe
def template(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    if case.needs.letter not in WORDINGS:
        raise Http404
    fields = template_fields(case)
    headers = {
        "Content-Disposition": f'attachment; filename="{case.needs.letter}-{fields.number}.pdf"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(pdf_letter(case.needs.letter, fields), content_type="application/pdf", headers=headers)


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
