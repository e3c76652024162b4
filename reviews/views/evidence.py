"""A1: the evidence for reviewers, served as letters are."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from reviews.permissions import SEE_REQUESTS, needs_any
from reviews.views.letters import served
from revocation.models import Evidence
from revocation.web.letter_response import evidence_file_response, evidence_picture_response


def _kept(pk: int, found: int) -> Evidence:
    kept: Evidence = get_object_or_404(Evidence, pk=found, request=pk, erased_at__isnull=True)
    return kept


@require_safe
@needs_any(SEE_REQUESTS)
def file(request: HttpRequest, pk: int, found: int) -> HttpResponse:
    kept = _kept(pk, found)
    return served(request, lambda: evidence_file_response(kept))


@require_safe
@needs_any(SEE_REQUESTS)
def picture(request: HttpRequest, pk: int, found: int, number: int) -> HttpResponse:
    kept = _kept(pk, found)
    if not 1 <= number <= len(kept.pages):
        raise Http404
    return served(request, lambda: evidence_picture_response(kept, number))
