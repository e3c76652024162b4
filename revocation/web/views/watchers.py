"""Watchers of a certificate: other addresses that get a mail about what happens to it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.views.decorators.http import require_POST

from revocation.models import Watcher
from revocation.services.core import clock
from revocation.services.notifications import watchers
from revocation.services.notifications.watchers import WatcherRefused
from revocation.web.guards.access import actor, own_certificate, own_customers
from revocation.web.guards.limits import limited


@login_required
@require_POST
@limited("others")
def watch(request: HttpRequest, pk: int) -> HttpResponse:
    own_certificate(request, pk)
    email, language = request.POST.get("email", ""), translation.get_language() or "en"
    try:
        watchers.watch(pk, email, by=actor(request), at=clock.now(), language=language)
    except WatcherRefused as refused:
        messages.error(request, str(refused))
    return redirect("certificate", pk)


@login_required
@require_POST
def unwatch(request: HttpRequest, pk: int) -> HttpResponse:
    watcher = get_object_or_404(
        Watcher, pk=pk, certificate__customer__in=own_customers(request), certificate__hidden_at__isnull=True
    )
    watchers.unwatch(pk, by=actor(request), at=clock.now())
    return redirect("certificate", watcher.certificate_id)
