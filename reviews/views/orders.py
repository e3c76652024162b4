"""One order to an authority: what it said, *try again*, and *I revoked it in the authority's console*."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews.actor import acting_user
from reviews.pages import page, row_or_404
from reviews.permissions import RETRY, SEE_ORDERS, holds_any, needs_any
from revocation.models import Event, Revocation
from revocation.services import clock, telling

CHANGE = "admin:revocation_revocation_change"


class ByHandForm(forms.Form):
    """What staff did elsewhere; the portal still waits to see it (M5)."""

    note = forms.CharField(
        max_length=2000,
        label=gettext_lazy("Note"),
        help_text=gettext_lazy("For instance the ticket or the reference that the console showed."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    sure = forms.BooleanField(
        label=gettext_lazy("I revoked exactly this certificate in the authority's own console."),
        error_messages={"required": gettext_lazy("Tick the box once you have revoked it there.")},
    )


def order_or_404(pk: str | int) -> Revocation:
    rows: QuerySet[Revocation] = Revocation.objects.select_related(
        "certificate__customer", "request", "recorded_by_hand_by"
    )
    return row_or_404(rows, pk)


@require_safe
@needs_any(SEE_ORDERS)
def show(request: HttpRequest, pk: str) -> HttpResponse:
    order = order_or_404(pk)
    events = Event.objects.filter(request_id=order.request_id, certificate_id=order.certificate_id).order_by("id")
    may_act = holds_any(request, RETRY) and order.proven_at is None
    title = _("Order to revoke %(certificate)s") % {"certificate": order.certificate.label}
    return page(request, "order.html", Revocation, title, {"order": order, "events": events[:200], "may_act": may_act})


@require_POST
@needs_any(RETRY)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    telling.retry(order_or_404(pk).pk, by=acting_user(request), at=clock.now())
    messages.success(request, _("The authority is asked again now."))
    return redirect(CHANGE, pk)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_any(RETRY)
def by_hand(request: HttpRequest, pk: int) -> HttpResponse:
    order = order_or_404(pk)
    form = ByHandForm(request.POST if request.method == "POST" else None, label_suffix="")
    if form.is_valid():
        telling.record_by_hand(order.pk, by=acting_user(request), at=clock.now(), note=form.cleaned_data["note"])
        messages.success(
            request,
            _("Recorded. The certificate becomes “revoked” when the authority publishes or confirms it."),
        )
        return redirect(CHANGE, pk)
    title = _("Record a revocation in the authority's console")
    return page(request, "by_hand.html", Revocation, title, {"order": order, "form": form})
