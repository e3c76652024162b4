"""M6: staff delete certificates permanently. The page says what will go, and what is refused and why.

Each certificate has its own result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from certportal.numbers import row_number
from reviews.actor import acting_user
from reviews.permissions import PURGE, needs_any
from reviews.presenters.pages import page
from revocation.models import Actor, Certificate
from revocation.services.core import clock
from revocation.services.inventory import deletion

MOST = 100
"""Certificates at a time: each is a transaction of its own."""


class PurgeForm(forms.Form):
    sure = forms.BooleanField(
        label=gettext_lazy("Yes, permanently delete these certificates. Only the deletion records remain."),
        error_messages={"required": gettext_lazy("Tick the box to confirm. You cannot restore deleted certificates.")},
    )


@dataclass(frozen=True)
class Candidate:
    """`refusal`: why it cannot be deleted now; empty when it can."""

    certificate: Certificate
    refusal: str


@require_http_methods(["GET", "HEAD", "POST"])
@needs_any(PURGE)
def purge(request: HttpRequest) -> HttpResponse:
    now = clock.now()
    candidates = _candidates(_ids(request), now)
    form = PurgeForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_valid():
        for candidate in candidates:
            _purge_one(request, candidate.certificate, acting_user(request), now)
        return redirect("admin:revocation_certificate_changelist")
    deletable = [c for c in candidates if not c.refusal]
    refused = [c for c in candidates if c.refusal]
    context = {"form": form, "deletable": deletable, "refused": refused, "candidates": candidates}
    return page(request, "purge.html", Certificate, _("Delete certificates permanently?"), context)


def _ids(request: HttpRequest) -> list[int]:
    given = request.POST.getlist("id") or request.GET.getlist("id")
    ids = [number for text in given[: MOST + 1] if (number := row_number(text)) is not None]
    if not ids or len(ids) != len(given) or len(ids) > MOST:
        raise Http404
    return ids


def _candidates(ids: Sequence[int], at: datetime) -> list[Candidate]:
    found = Certificate.objects.filter(pk__in=ids).select_related("customer").order_by("pk")
    if len(found) != len(set(ids)):
        raise Http404
    return [Candidate(certificate, _refusal(certificate, at)) for certificate in found]


def _refusal(certificate: Certificate, at: datetime) -> str:
    try:
        deletion.refuse_unless_deletable(certificate, at=at)
    except deletion.DeletionRefused as refused:
        return str(refused)
    return ""


def _purge_one(request: HttpRequest, certificate: Certificate, by: Actor, at: datetime) -> None:
    """Delete one certificate in one transaction, and say in one sentence what came of it."""
    try:
        deletion.purge(certificate.pk, by=by, at=at)
    except (deletion.DeletionRefused, deletion.StaffOnly) as refused:
        messages.error(request, str(refused))
    else:
        messages.success(
            request, _("You deleted %(certificate)s. Its deletion record remains.") % {"certificate": certificate}
        )
