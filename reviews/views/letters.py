"""Letters for reviewers: the pictures that we made, and the original as a download."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reviews.permissions import SEE_REQUESTS, needs_any
from reviews.presenters.pages import page
from revocation import joining
from revocation.models import Letter, LetterPicture, RevocationRequest
from revocation.services.core.unavailable import LettersUnavailable
from revocation.services.letters.store import LetterDamaged, LetterMissing
from revocation.web.letter_response import letter_file_response, letter_picture_response


@require_safe
@needs_any(SEE_REQUESTS)
def file(request: HttpRequest, pk: int, letter: int) -> HttpResponse:
    kept = get_object_or_404(Letter, pk=letter, request=pk, erased_at__isnull=True)
    return served(request, lambda: letter_file_response(kept))


@require_safe
@needs_any(SEE_REQUESTS)
def picture(request: HttpRequest, pk: int, letter: int, number: int) -> HttpResponse:
    kept = get_object_or_404(
        LetterPicture, number=number, letter=letter, letter__request=pk, letter__erased_at__isnull=True
    )
    return served(request, lambda: letter_picture_response(kept))


def served(request: HttpRequest, response: Callable[[], HttpResponse]) -> HttpResponse:
    """Return the bytes, or a page that says why they are not shown. Bytes that were changed are never shown."""
    try:
        return response()
    except LetterDamaged:
        sentence = _(
            "The digest of the stored letter differs from the uploaded letter, so we do not show it. Do not "
            "decide on this request. Contact the operators of the portal."
        )
    except LetterMissing:
        sentence = _("The letter is missing from the storage. Contact the operators of the portal.")
    except LettersUnavailable as unavailable:
        return _message(request, joining.sentences([str(unavailable), _("Try again in a minute.")]), 503)
    return _message(request, sentence, 500)


def _message(request: HttpRequest, sentence: str, status: int) -> HttpResponse:
    title = _("The letter cannot be shown")
    return page(request, "message.html", RevocationRequest, title, {"sentence": sentence}, status=status)
