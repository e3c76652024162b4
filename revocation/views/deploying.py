"""Deploy and un-deploy (M4, M7). The worker publishes; these only ask."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from revocation.models import Certificate, Deployment, DeploymentTarget
from revocation.services import clock, deploying
from revocation.services.deploying import DeployRefused
from revocation.views.access import actor, own_certificate, viewer
from revocation.views.refusing import conflict


@login_required
@require_POST
def deploy(request: HttpRequest, pk: int) -> HttpResponse:
    own_certificate(request, pk)
    target = request.POST.get("target", "")
    if not (target.isascii() and target.isdigit() and len(target) < 19):
        messages.error(request, _("Choose where to deploy the certificate."))
        return redirect("certificate", pk)
    try:
        deploying.deploy(pk, int(target), by=actor(request), at=clock.now())
    except DeploymentTarget.DoesNotExist:
        raise Http404 from None
    except DeployRefused as refused:
        return conflict(request, str(refused), f"/certificates/{pk}/")
    messages.success(request, _("The deployment is asked for. It takes a few seconds."))
    return redirect("certificate", pk)


@login_required
@require_POST
def undeploy(request: HttpRequest, pk: int) -> HttpResponse:
    certificates = Certificate.objects.visible_to(viewer(request))
    deployment = get_object_or_404(Deployment, pk=pk, certificate__in=certificates)
    deploying.undeploy(pk, by=actor(request), at=clock.now())
    messages.success(request, _("The un-deployment is asked for. It takes a few seconds."))
    return redirect("certificate", deployment.certificate_id)
