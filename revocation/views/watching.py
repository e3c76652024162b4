"""Watchers of a certificate: other addresses that are told what happens to it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.views.decorators.http import require_POST

from revocation.models import Watcher
from revocation.services import clock, watching
from revocation.services.watching import WatcherRefused
from revocation.views.access import actor, own_certificate, own_customers
from revocation.views.limits import limited


@login_required
@require_POST
@limited("others")
def watch(request: HttpRequest, pk: int) -> HttpResponse:
    own_certificate(request, pk)
    email, language = request.POST.get("email", ""), translation.get_language() or "en"
    try:
        watching.watch(pk, email, by=actor(request), at=clock.now(), language=language)
    except WatcherRefused as refused:
        messages.error(request, str(refused))
    return redirect("certificate", pk)


@login_required
@require_POST
def unwatch(request: HttpRequest, pk: int) -> HttpResponse:
    watcher = get_object_or_404(
        Watcher, pk=pk, certificate__customer__in=own_customers(request), certificate__hidden_at__isnull=True
    )
    watching.unwatch(pk, by=actor(request), at=clock.now())
    return redirect("certificate", watcher.certificate_id)
