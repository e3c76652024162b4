"""The pages of delegations (O1): list, add, what to paste, state, check now, remove."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from revocation.models import DelegatedMethod, Delegation
from revocation.ownership.challenge import record_name
from revocation.ownership.delegation import target_name
from revocation.ownership.diagnosis.recipes import Recipe, web_server, zone_file
from revocation.services.core import clock
from revocation.services.ownership import delegations
from revocation.services.ownership.delegations import DelegationRefused
from revocation.web.forms.delegations import DelegationForm
from revocation.web.guards.access import actor, viewer
from revocation.web.views.file_proxy import FOLDER


def own_delegations(request: HttpRequest) -> QuerySet[Delegation]:
    customers = list(viewer(request).memberships.values_list("customer_id", flat=True))
    return Delegation.objects.filter(customer__in=customers).select_related("customer")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delegation_list(request: HttpRequest) -> HttpResponse:
    form = DelegationForm(request.POST if request.method == "POST" else None, user=viewer(request))
    if form.is_valid():
        given = form.cleaned_data
        try:
            made = delegations.add(form.chosen.pk, given["domain"], given["method"], by=actor(request), at=clock.now())
            return redirect("delegation", made.pk)
        except DelegationRefused as refused:
            form.add_error("domain", str(refused))
    now = clock.now()
    rows = [(one, one.holds(now)) for one in own_delegations(request)]
    context = {"rows": rows, "form": form, "one_organisation": form.only is not None}
    return render(request, "revocation/delegations.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def delegation_page(request: HttpRequest, pk: int) -> HttpResponse:
    delegation, now = get_object_or_404(own_delegations(request), pk=pk), timezone.now()
    digest = _digest(delegation, now)
    if request.GET.get("seen") == digest:
        return HttpResponse(status=204)  # nothing new: the page keeps its focus
    by_dns = delegation.method == DelegatedMethod.DNS_PROXY
    context = {
        "delegation": delegation,
        "digest": digest,
        "holds": delegation.holds(now),
        "by_dns": by_dns,
        "record": record_name(delegation.domain, settings.OWNERSHIP_RECORD_LABEL),
        "target": target_name(delegation.token, settings.DELEGATION_ZONE) if by_dns else address_of(delegation),
        "recipes": recipes(delegation),
    }
    return render(request, "revocation/delegation.html", context)


def _digest(delegation: Delegation, now: datetime) -> str:
    """Return a digest that changes when what the page shows of the delegation's checks changes."""
    shown = (delegation.checked_at, delegation.next_check_at, delegation.seen_at, delegation.holds(now))
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]


def recipes(delegation: Delegation) -> tuple[Recipe, ...]:
    if delegation.method == DelegatedMethod.DNS_PROXY:
        name = record_name(delegation.domain, settings.OWNERSHIP_RECORD_LABEL)
        return zone_file(name, target_name(delegation.token, settings.DELEGATION_ZONE))
    return web_server(address_of(delegation))


def address_of(delegation: Delegation) -> str:
    """Return the address to which the customer's web server forwards the path. It ends in a slash."""
    return f"{settings.PORTAL_URL}{FOLDER}{delegation.token}/"


@login_required
@require_POST
def check(request: HttpRequest, pk: int) -> HttpResponse:
    get_object_or_404(own_delegations(request), pk=pk)
    delegations.check_now(pk, by=actor(request), at=clock.now())
    messages.info(request, _("We are checking now."))
    return redirect("delegation", pk)


@login_required
@require_POST
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    delegation = get_object_or_404(own_delegations(request), pk=pk)
    delegations.remove(pk, by=actor(request), at=clock.now())
    messages.success(request, _("You removed the delegation of %(domain)s.") % {"domain": delegation.domain})
    return redirect("delegations")
