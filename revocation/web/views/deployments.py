"""Deploy and undeploy (M4, M7). The worker publishes; these views only ask for it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from certportal.numbers import row_number
from revocation.models import Certificate, Deployment, DeploymentTarget
from revocation.services.core import clock
from revocation.services.inventory import deployments
from revocation.services.inventory.deployments import DeployRefused
from revocation.web.guards.access import actor, own_certificate, viewer
from revocation.web.guards.refusals import conflict


@login_required
@require_POST
def deploy(request: HttpRequest, pk: int) -> HttpResponse:
    own_certificate(request, pk)
    target = row_number(request.POST.get("target", ""))
    if target is None:
        messages.error(request, _("Select a deployment target."))
        return redirect("certificate", pk)
    try:
        deployments.deploy(pk, target, by=actor(request), at=clock.now())
    except DeploymentTarget.DoesNotExist:
        raise Http404 from None
    except DeployRefused as refused:
        return conflict(request, refused, f"/certificates/{pk}/")
    messages.success(request, _("We are deploying the certificate. This takes a few seconds."))
    return redirect("certificate", pk)


@login_required
@require_POST
def undeploy(request: HttpRequest, pk: int) -> HttpResponse:
    certificates = Certificate.objects.visible_to(viewer(request))
    deployment = get_object_or_404(Deployment, pk=pk, certificate__in=certificates)
    deployments.undeploy(pk, by=actor(request), at=clock.now())
    messages.success(request, _("We are removing the certificate from the target. This takes a few seconds."))
    return redirect("certificate", deployment.certificate_id)
