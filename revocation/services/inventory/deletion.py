"""M6: deletion. A customer's delete hides; staff delete for good, and a tombstone remains."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from revocation import policy
from revocation.marking import gettext_noop
from revocation.messages import Message, Refused, table
from revocation.models import (
    Actor,
    Certificate,
    CertificateBytes,
    EventKind,
    RequestState,
    RevocationRequest,
    eligibility_facts,
)
from revocation.services.core.errors import NotOwner
from revocation.services.core.events import record
from revocation.services.core.transitions import locked_certificate
from revocation.services.letters import evidence, store
from revocation.services.letters.upload import erase

PURGE_PERMISSION = "revocation.purge_certificate"


MESSAGES = table(
    "deletion",
    {
        "deleted": gettext_noop("%(certificate)s is already deleted."),
        "open_request": gettext_noop(
            "%(certificate)s has an open request. You can delete it when the request has ended."
        ),
        "valid": gettext_noop("%(certificate)s is still valid. Revoke it before you delete it."),
    },
    status=409,
)
STAFF_ONLY = table("deletion", {"staff_only": gettext_noop("You may not delete certificates.")}, status=403)


class DeletionRefused(Refused):
    """M6: the certificate may not be deleted yet."""


class StaffOnly(Refused):
    """Only certificate staff delete for good."""


def refuse_unless_deletable(certificate: Certificate, *, at: datetime) -> None:
    """Raise `DeletionRefused` with the sentence that says what must happen first, if anything must."""
    if why := why_not_deletable(certificate, eligibility_facts([certificate], at=at)[certificate.pk]):
        raise DeletionRefused.of(why)


def why_not_deletable(certificate: Certificate, standing: policy.EligibilityFacts) -> Message | None:
    """M6: what must happen first; None when it may be deleted now."""
    if policy.may_be_deleted(standing):
        return None
    named = {"certificate": str(certificate)}
    if standing.state == policy.State.DELETED:
        return MESSAGES.message("deleted", named)
    if standing.state == policy.State.REVOKING or standing.open_request:
        return MESSAGES.message("open_request", named)
    return MESSAGES.message("valid", named)


def hide(certificate_id: int, *, by: Actor, at: datetime) -> None:
    """Hide the certificate from the customer's list, which is their delete. The evidence stays. Idempotent."""
    with transaction.atomic():
        certificate = locked_certificate(certificate_id)
        if not by.belongs_to(certificate.customer_id):
            raise NotOwner
        if certificate.hidden_at:
            return
        refuse_unless_deletable(certificate, at=at)
        certificate.hidden_at, certificate.hidden_by = at, by.user
        certificate.save()
        record(EventKind.HIDDEN, by=by, at=at, certificate=certificate)


def purge(certificate_id: int, *, by: Actor, at: datetime) -> None:
    """Delete the certificate for good, which only staff may do. Raises `StaffOnly`, `DeletionRefused`.

    Bytes, letters and evidence go. The tombstone stays (serial, fingerprint, names, reason, times, letter digest,
    events).
    """
    if by.user is None or not by.may(PURGE_PERMISSION):
        raise StaffOnly("deletion.staff_only")
    with transaction.atomic():
        certificate = locked_certificate(certificate_id)
        refuse_unless_deletable(certificate, at=at)
        before = certificate.state
        certificate.purge(by=by.user, at=at)
        certificate.save()
        CertificateBytes.objects.filter(certificate=certificate).delete()
        certificate.served_certificates.all().delete()
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
        transaction.on_commit(lambda: store.delete(files))


def _erased(request: RevocationRequest, at: datetime) -> list[str]:
    return [*erase(request, at=at), *evidence.erase(request, at=at)]


def tombstone_data(certificate: Certificate) -> dict[str, object]:
    """Return what the event of the deletion repeats, so that it tells the whole story alone."""
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
        "unstated": certificate.revocation_unstated,
        "request": carried_out.pk if carried_out else None,
        "letter_sha256": digests,
    }
