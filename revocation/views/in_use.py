"""Looking again whether the names still serve the certificate. The worker looks; this only asks."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from revocation.services import clock, in_use
from revocation.views.access import actor, own_request
from revocation.views.limits import limited


@login_required
@require_POST
@limited("others")
def look_again(request: HttpRequest, pk: int) -> HttpResponse:
    case = own_request(request, pk)
    if not in_use.ask_again(case, by=actor(request), at=clock.now()):
        messages.info(request, _("The names were looked at less than ten minutes ago. Look again a little later."))
    return redirect(reverse("request", args=[pk]) + "#in-use")
