"""Webhooks of the viewer's organisations: add, try, log, send again, remove."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from certportal.accounts.models import Customer
from revocation.models import Delivery, Webhook
from revocation.services.core import clock
from revocation.services.notifications import webhooks
from revocation.services.notifications.webhooks import WebhookRefused
from revocation.web.guards.access import actor, viewer
from revocation.web.guards.limits import limited

LOG = 50
"""Messages shown of one webhook."""


def _managed(request: HttpRequest) -> list[Customer]:
    """Organisations whose webhooks the person may manage."""
    theirs = Customer.objects.filter(memberships__user=viewer(request), memberships__manages_webhooks=True)
    return list(theirs.order_by("name", "pk"))


def _own(request: HttpRequest, pk: int) -> Webhook:
    return get_object_or_404(Webhook.objects.select_related("customer"), pk=pk, customer__in=_managed(request))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("others")
def hooks(request: HttpRequest) -> HttpResponse:
    """List and add webhooks. The secret of a new one is shown in this answer and never again."""
    owners, url, problem, added = _managed(request), request.POST.get("url", "").strip(), "", None
    if request.method == "POST":
        owner = next((o for o in owners if request.POST.get("owner") in ("", None, str(o.pk))), None)
        try:
            added = webhooks.add(owner.pk if owner else 0, url, by=actor(request), at=clock.now())
        except WebhookRefused as refused:
            problem = str(refused)
    context = {
        "owners": owners,
        "hooks": Webhook.objects.filter(customer__in=owners).select_related("customer").order_by("pk"),
        "url": url if problem else "",
        "problem": problem,
        "added": added,
    }
    answer = render(request, "revocation/webhooks.html", context, status=422 if problem else 200)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@login_required
@require_safe
def hook(request: HttpRequest, pk: int) -> HttpResponse:
    found = _own(request, pk)
    log = found.deliveries.select_related("event").order_by("-pk")[:LOG]
    return render(request, "revocation/webhook.html", {"hook": found, "log": log})


@login_required
@require_POST
@limited("others")
def act(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out the verb of a button: test, switch on, or remove."""
    found, verb = _own(request, pk), request.POST.get("act", "")
    acts = {"test": webhooks.test, "on": webhooks.switch_on, "remove": webhooks.remove}
    if verb in acts:
        acts[verb](found.pk, by=actor(request), at=clock.now())
    if verb == "test":
        messages.info(request, _("We are sending a test message."))
    return redirect("webhooks") if verb == "remove" else redirect("webhook", pk)


@login_required
@require_POST
@limited("others")
def again(request: HttpRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery, pk=pk, webhook__customer__in=_managed(request))
    webhooks.again(pk, by=actor(request), at=clock.now())
    messages.info(request, _("We are sending the message again."))
    return redirect("webhook", delivery.webhook_id)
