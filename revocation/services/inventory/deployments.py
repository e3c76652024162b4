"""Deployments: the chain is published at a target and recorded (M7). The worker publishes and withdraws."""

from __future__ import annotations

import logging
import re
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import IntegrityError, transaction
from django.utils.translation import override

from revocation.marking import gettext_noop
from revocation.messages import Message, Refused, table
from revocation.models import Actor, Certificate, Deployment, DeploymentTarget, EventKind
from revocation.pki.export import as_pem
from revocation.services.core.chains import full_chain
from revocation.services.core.errors import NotOwner
from revocation.services.core.events import record
from revocation.services.core.transitions import locked_certificate

log = logging.getLogger(__name__)

PAUSE = timedelta(minutes=1)


MESSAGES = table(
    "deployment",
    {
        "locked": gettext_noop("This certificate is “%(state)s”. You cannot download or deploy it."),
        "expired": gettext_noop("This certificate has expired. You cannot deploy it."),
    },
    status=409,
    words=frozenset({"state"}),
)


class DeployRefused(Refused):
    """M4: a certificate that is not *issued*, or has expired, is not deployed."""


def refuse_unless_free(certificate: Certificate, *, at: datetime) -> None:
    """M4: raise `DeployRefused` while the certificate is locked or after it expired."""
    if why := why_not_free(certificate, at=at):
        raise DeployRefused.of(why)


def why_not_free(certificate: Certificate, *, at: datetime) -> Message | None:
    """M4: why it cannot be deployed; None when it can."""
    if certificate.is_locked:
        return why_locked(certificate)
    return MESSAGES.message("expired") if certificate.is_expired(at) else None


def why_locked(certificate: Certificate) -> Message:
    """M4: say why a locked certificate can be neither downloaded nor deployed."""
    with override(None):
        return MESSAGES.message("locked", {"state": str(certificate.get_state_display())})


def deploy(certificate_id: int, target_id: int, *, by: Actor, at: datetime) -> Deployment:
    """Ask for a deployment. The same certificate at the same target twice is one deployment."""
    try:
        with transaction.atomic():
            certificate = _own_certificate(certificate_id, by)
            target = DeploymentTarget.objects.filter(customer=certificate.customer_id).get(pk=target_id)
            refuse_unless_free(certificate, at=at)
            deployment = Deployment.objects.create(
                certificate=certificate,
                target=target,
                deployed_at=at,
                deployed_by=by.user,
                next_attempt_at=at,
            )
            record(EventKind.DEPLOY_ASKED, by=by, at=at, certificate=certificate, data={"target": target.name})
            return deployment
    except IntegrityError:  # one_deployment_of_a_certificate_at_a_target
        return Deployment.objects.get(certificate=certificate_id, target=target_id, withdrawn_at__isnull=True)
    except DeployRefused as refused:
        certificate = Certificate.objects.get(pk=certificate_id)
        why = refused.message
        record(EventKind.DEPLOY_REFUSED, by=by, at=at, certificate=certificate, why=why.in_english, data=why.as_json())
        raise


def undeploy(deployment_id: int, *, by: Actor, at: datetime) -> None:
    """Ask for the withdrawal. Possible in every state of the certificate."""
    with transaction.atomic():
        deployment = Deployment.objects.select_related("certificate", "target").get(pk=deployment_id)
        certificate = _own_certificate(deployment.certificate_id, by)
        asked = Deployment.objects.filter(pk=deployment_id, undeployed_at__isnull=True, withdrawn_at__isnull=True)
        if asked.update(undeployed_at=at, undeployed_by=by.user, next_attempt_at=at):
            data = {"target": deployment.target.name}
            record(EventKind.UNDEPLOY_ASKED, by=by, at=at, certificate=certificate, data=data)


def _own_certificate(certificate_id: int, by: Actor) -> Certificate:
    certificate = locked_certificate(certificate_id)
    if not by.belongs_to(certificate.customer_id):
        raise NotOwner
    return certificate


def due_deployments(*, at: datetime, limit: int = 100) -> list[int]:
    """Return deployments to be published or withdrawn now, longest waiting first."""
    return list(Deployment.to_carry_out.due(at).order_by("next_attempt_at").values_list("pk", flat=True)[:limit])


def carry_out(deployment_id: int, *, by: Actor, at: datetime) -> None:
    """Publish or withdraw, outside any transaction. Both are idempotent: the path is fixed and overwritten."""
    if not Deployment.to_carry_out.claim_one(deployment_id, at=at, lease=PAUSE):
        return
    deployment = Deployment.objects.select_related("certificate__bytes", "target").get(pk=deployment_id)
    withdraw = deployment.undeployed_at is not None or deployment.certificate.is_locked
    try:
        path = _withdraw(deployment) if withdraw else _publish(deployment)
    except OSError as error:
        log.warning("deployment %s: %s", deployment_id, error)
        Deployment.objects.filter(pk=deployment_id).update(last_error=str(error))
        return
    _record_result(deployment_id, path, withdraw, by=by, at=at)


def path_of(deployment: Deployment) -> str:
    """Where the chain lies in the target's storage: a name made of safe characters and the row's number."""
    title = re.sub(r"[^A-Za-z0-9.-]", "_", deployment.certificate.title)[:80]
    return f"{deployment.target.folder}/{title}-{deployment.pk}.pem"


def _publish(deployment: Deployment) -> str:
    storage, path = storages[deployment.target.alias], path_of(deployment)
    if storage.exists(path):
        storage.delete(path)
    return storage.save(path, ContentFile(as_pem(full_chain(deployment.certificate))))


def _withdraw(deployment: Deployment) -> str:
    storages[deployment.target.alias].delete(path_of(deployment))
    return ""


def _record_result(deployment_id: int, path: str, withdraw: bool, *, by: Actor, at: datetime) -> None:
    """Record what was published or withdrawn.

    If the wish changed meanwhile (undeploy while publishing, or a lock, M4), it stays due and is carried out next.
    """
    with transaction.atomic():
        certificate_id = Deployment.objects.values_list("certificate", flat=True).get(pk=deployment_id)
        certificate = locked_certificate(certificate_id)
        deployment = Deployment.objects.select_for_update(of=("self",)).select_related("target").get(pk=deployment_id)
        data = {"target": deployment.target.name}
        if withdraw:
            deployment.withdrawn_at, deployment.next_attempt_at = at, None
            record(EventKind.UNDEPLOYED, by=by, at=at, certificate=certificate, data=data)
        elif deployment.undeployed_at is None and not certificate.is_locked:
            deployment.published_at, deployment.path, deployment.next_attempt_at = at, path, None
            record(EventKind.DEPLOYED, by=by, at=at, certificate=certificate, data=data)
        else:
            deployment.next_attempt_at = at
        deployment.last_error = ""
        deployment.save()
