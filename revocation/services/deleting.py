"""M6: a customer's delete hides; staff delete for good, and a tombstone remains."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from revocation import policy
from revocation.models import Actor, Certificate, CertificateBytes, EventKind, RequestState, RevocationRequest
from revocation.services import evidence, letter_store
from revocation.services.filing import NotYours
from revocation.services.letters import erase
from revocation.services.recording import record
from revocation.services.transitions import locked_certificate

PURGE_PERMISSION = "revocation.purge_certificate"


class DeletionRefused(Exception):
    """M6: not yet. `str()` is a sentence."""


class StaffOnly(Exception):
    """Only certificate staff delete for good."""


def refuse_unless_deletable(certificate: Certificate, *, at: datetime) -> None:
    """Raises `DeletionRefused` with the sentence that says what must happen first."""
    if why := why_not_deletable(certificate, certificate.standing(at=at)):
        raise DeletionRefused(why)


def why_not_deletable(certificate: Certificate, standing: policy.Standing) -> str:
    """M6: what must happen first, a sentence; empty when it may be deleted now."""
    if policy.may_be_deleted(standing):
        return ""
    named = {"certificate": certificate}
    if standing.state == "deleted":
        return _("%(certificate)s is deleted already.") % named
    if standing.state == "revoking" or standing.open_request:
        return _("%(certificate)s has an open request: it can be deleted when that has ended.") % named
    return _("%(certificate)s is still valid: it can be deleted only after it is revoked.") % named


def hide(certificate_id: int, *, by: Actor, at: datetime) -> None:
    """The customer's delete: gone from their list. The evidence stays. Twice is the same as once."""
    with transaction.atomic():
        certificate = locked_certificate(certificate_id)
        if not by.belongs_to(certificate.customer_id):
            raise NotYours
        if certificate.hidden_at:
            return
        refuse_unless_deletable(certificate, at=at)
        certificate.hidden_at, certificate.hidden_by = at, by.user
        certificate.save()
        record(EventKind.HIDDEN, by=by, at=at, certificate=certificate)


def purge(certificate_id: int, *, by: Actor, at: datetime) -> None:
    """Staff's delete: bytes and letters go, the tombstone stays (serial, fingerprint, names, reason, times, letter
    digest, events). Raises `StaffOnly`, `DeletionRefused`."""
    if by.user is None or not by.may(PURGE_PERMISSION):
        raise StaffOnly(_("You may not delete certificates."))
    with transaction.atomic():
        certificate = locked_certificate(certificate_id)
        refuse_unless_deletable(certificate, at=at)
        before = certificate.state
        certificate.purge(by=by.user, at=at)
        certificate.save()
        CertificateBytes.objects.filter(certificate=certificate).delete()
        certificate.live_looks.all().delete()
        files = [name for request in certificate.requests.all() for name in _erased(request, at)]
        data = tombstone_data(certificate)
        record(
            EventKind.DELETED,
            by=by,
            at=at,
            certificate=certificate,
            before=before,
            after=certificate.state,
            data=data,
        )
        transaction.on_commit(lambda: letter_store.delete(files))


def _erased(request: RevocationRequest, at: datetime) -> list[str]:
    return [*erase(request, at=at), *evidence.erase(request, at=at)]


def tombstone_data(certificate: Certificate) -> dict[str, object]:
    """What the event of deletion repeats, so that it tells the whole story alone."""
    carried_out = certificate.requests.filter(state=RequestState.REVOKED).first()
    sent = [*carried_out.letters.all(), *carried_out.evidence.all()] if carried_out else []
    digests = [file.sha256 for file in sent]
    return {
        "serial_number": certificate.serial_number,
        "fingerprint": certificate.fingerprint,
        "names": certificate.names,
        "not_after": certificate.not_after.isoformat(),
        "revoked_at": certificate.revoked_at.isoformat() if certificate.revoked_at else None,
        "reason": certificate.revocation_reason,
        "request": carried_out.pk if carried_out else None,
        "letter_sha256": digests,
    }
