"""The signed receipt of a certificate's revocation, for reviewers and auditors, after its deletion too (L7)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from reviews.permissions import SEE_RECEIPTS, needs_any
from revocation.models import Receipt
from revocation.web.views.receipts import served


@require_safe
@needs_any(SEE_RECEIPTS)
def receipt(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    return served(get_object_or_404(Receipt, revocation__certificate=pk), form)
