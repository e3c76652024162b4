"""One order to an authority: its answer, another try, the record by hand, and a second person's confirmation of that.

What changes nothing says so.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from reviews.actor import acting_user
from reviews.forms.orders import ByHandForm, ConfirmForm
from reviews.permissions import CONFIRM, RECORD, RETRY, SEE_ORDERS, SEE_REQUESTS, holds_any, needs_any
from reviews.presenters.pages import page, row_or_404
from revocation import joining
from revocation.models import Event, RevocationOrder
from revocation.services.authority import by_hand as hand
from revocation.services.authority import dispatch
from revocation.services.core import clock
from revocation.services.core.transitions import ActorRefused, TransitionRefused

CHANGE = "admin:revocation_revocationorder_change"


def order_or_404(pk: str | int) -> RevocationOrder:
    rows: QuerySet[RevocationOrder] = RevocationOrder.objects.select_related(
        "certificate__customer", "request__certificate", "recorded_by_hand_by", "hand_record__recorded_by",
        "hand_record__confirmed_by",
    )  # fmt: skip
    return row_or_404(rows, pk)


@require_safe
@needs_any(SEE_ORDERS)
def show(request: HttpRequest, pk: str) -> HttpResponse:
    order = order_or_404(pk)
    events = Event.objects.filter(request_id=order.request_id, certificate_id=order.certificate_id).order_by("id")
    actor, over = acting_user(request), bool(hand.why_over(order))
    kept = hand.record_of_hand(order)
    waits = kept is not None and kept.confirmed_by_id is None and not over
    context = {
        "order": order,
        "kept": kept,
        "events": events[:200],
        "may_retry": holds_any(request, RETRY) and not over,
        "may_record": holds_any(request, RECORD) and not hand.why_not_recorded(order, seen=hand.state_seen(order)),
        "may_confirm": waits and holds_any(request, CONFIRM) and kept is not None and kept.recorded_by != actor.user,
        "awaits_second": waits,
        "unseen": not over and not hand.can_be_seen(order),
        "confirm": ConfirmForm(None, order=order) if waits else None,
        "may_see_request": holds_any(request, SEE_REQUESTS),
    }
    title = _("Order to revoke %(certificate)s") % {"certificate": order.certificate.label}
    return page(request, "order.html", RevocationOrder, title, context)


@require_POST
@needs_any(RETRY)
def retry(request: HttpRequest, pk: int) -> HttpResponse:
    order = order_or_404(pk)
    said = _("The portal is sending the order again.")
    return _answered(request, order, said, lambda: dispatch.retry(order.pk, by=acting_user(request), at=clock.now()))


@require_http_methods(["GET", "HEAD", "POST"])
@needs_any(RECORD)
def by_hand(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that staff revoked in the authority's console. 409 where there is nothing to record any more."""
    order = order_or_404(pk)
    form = ByHandForm(request.POST if request.method == "POST" else None, order=order, at=clock.now())
    if form.is_valid():
        return _answered(request, order, form.said, lambda: _record(request, order, form))
    if refused := hand.why_not_recorded(order, seen=form.seen_on_page):
        return _nothing_done(request, order, str(refused), 409)
    title = _("Record a revocation in the CA's console")
    return page(request, "by_hand.html", RevocationOrder, title, {"order": order, "form": form})


def _record(request: HttpRequest, order: RevocationOrder, form: ByHandForm) -> None:
    by, note = acting_user(request), form.cleaned_data["note"]
    dispatch.record_by_hand(
        order.pk, by=by, at=clock.now(), note=note, stated=form.stated(), seen=form.cleaned_data["seen"] or None
    )


@require_POST
@needs_any(CONFIRM)
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    order = order_or_404(pk)
    form = ConfirmForm(request.POST, order=order)
    if not form.is_valid():
        said = joining.sentences(str(error) for errors in form.errors.values() for error in errors)
        return _nothing_done(request, order, said, 400)
    said = _("Confirmed. The certificate becomes “revoked” within a minute.")
    return _answered(request, order, said, lambda: _confirm(request, order, form))


def _confirm(request: HttpRequest, order: RevocationOrder, form: ConfirmForm) -> None:
    hand.confirm(order.pk, by=acting_user(request), at=clock.now(), seen=form.cleaned_data["seen"])


def _answered(request: HttpRequest, order: RevocationOrder, said: str, act: Callable[[], None]) -> HttpResponse:
    """Act, and say that it is done only when it is. Otherwise say what happened instead."""
    try:
        act()
    except ActorRefused as refused:
        return _nothing_done(request, order, str(refused), 403)
    except (TransitionRefused, hand.OrderRefused) as refused:
        return _nothing_done(request, order, str(refused), 409)
    messages.success(request, said)
    return redirect(CHANGE, order.pk)


def _nothing_done(request: HttpRequest, order: RevocationOrder, why: str, status: int) -> HttpResponse:
    title = _("Nothing was changed")
    return page(request, "order_refused.html", RevocationOrder, title, {"order": order, "sentence": why}, status=status)
