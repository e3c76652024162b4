"""M5: what follows when the published status differs from the portal's. A revocation elsewhere is taken over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django_fsm import can_proceed

from revocation.authorities.interface import Confirmed
from revocation.models import (
    Actor,
    Certificate,
    CertificateState,
    Discrepancy,
    DiscrepancyKind,
    EventKind,
    RevocationOrder,
    RevocationRequest,
    StatusPoint,
)
from revocation.models.certificate.chain import all_descendants
from revocation.pki.status import CrlSighting, OcspSighting
from revocation.services.authority.dispatch import believe
from revocation.services.authority.orders import is_over
from revocation.services.authority.warrants import refuse, unwarranted
from revocation.services.core.events import record
from revocation.services.core.transitions import locked, locked_certificate, release_family
from revocation.services.review.assignment import forget_views

EVENTS = {
    DiscrepancyKind.REVOKED_ELSEWHERE: EventKind.REVOKED_ELSEWHERE,
    DiscrepancyKind.ON_HOLD: EventKind.HELD_ELSEWHERE,
    DiscrepancyKind.NOT_REVOKED: EventKind.NOT_SEEN_ANY_MORE,
}


@dataclass(frozen=True)
class Said:
    """What a place says about one certificate."""

    point: StatusPoint
    said: CrlSighting | OcspSighting

    @property
    def crl_number(self) -> str:
        number = self.said.crl_number if isinstance(self.said, CrlSighting) else None
        return "" if number is None else str(number)

    @property
    def data(self) -> dict[str, str | int | None]:
        """For the event, and as the receipt of an order."""
        return {
            "seen_in": self.point.kind,
            "url": self.point.url,
            "crl_number": self.crl_number,
            "this_update": self.said.this_update.isoformat(),
            "revoked_at": self.said.revoked_at.isoformat() if self.said.revoked_at else None,
            "reason": self.said.reason,
        }


def overtake(certificate_id: int, seen: Said, *, by: Actor, at: datetime) -> bool:
    """M5: mark the certificate *revoked*, with the time and reason that the place says; return whether that was news.

    If it has an order, the order is not sent any more. What is published counts as the authority's confirmation, and
    the publication checks do the rest. An open request that would revoke nothing else ends. One that has living
    reissues to revoke goes on.
    """
    order = _order(certificate_id)
    if order is not None and not refuse([order], by=by, at=at):
        if seen.said.revoked_at is not None and not is_over(order):
            believe(order.pk, Confirmed(seen.said.revoked_at, seen.said.reason, dict(seen.data)), by=by, at=at)
        return False
    open_request = RevocationRequest.objects.filter(certificate=certificate_id, is_open=True).first()
    with transaction.atomic():
        request = locked(open_request.pk) if open_request else None
        certificate = locked_certificate(certificate_id)
        if certificate.state not in (CertificateState.ISSUED, CertificateState.REVOKING):
            return False
        order = _order(certificate_id)
        if order is not None and not unwarranted([order]):
            return False  # approved at this instant: the next round finds the order
        _revoke(certificate, seen, by=by, at=at)
        if request is not None and can_proceed(request.overtake) and not _has_more_to_do(request):
            _end(request, by=by, at=at)
    return True


def _order(certificate_id: int) -> RevocationOrder | None:
    orders = RevocationOrder.objects.select_related("certificate", "request")
    order: RevocationOrder | None = orders.filter(certificate=certificate_id).first()
    return order


def _revoke(certificate: Certificate, seen: Said, *, by: Actor, at: datetime) -> None:
    before = certificate.state
    certificate.take_over_revocation(revoked_at=seen.said.revoked_at, reason=seen.said.reason)
    certificate.save()
    _keep(certificate.pk, DiscrepancyKind.REVOKED_ELSEWHERE, seen, at=at, over=True)
    record(
        EventKind.REVOKED_ELSEWHERE,
        by=by,
        at=at,
        certificate=certificate,
        before=before,
        after=certificate.state,
        data=seen.data,
    )


def _has_more_to_do(request: RevocationRequest) -> bool:
    """N2: return whether this submitted request has locked reissues that still live."""
    kin = all_descendants(request.certificate)
    return request.submitted_at is not None and any(c.state == CertificateState.REVOKING for c in kin)


def _end(request: RevocationRequest, *, by: Actor, at: datetime) -> None:
    before = request.state
    request.overtake(at=at)
    request.save()
    request.name_proofs.update(next_check_at=None, asked_at=None, lease_until=None, automatic_until=None)
    if request.submitted_at is not None:
        release_family(request)
    forget_views(request.pk)
    record(EventKind.OVERTAKEN, by=by, at=at, request=request, before=before, after=request.state)


def note(certificate_id: int, kind: DiscrepancyKind, seen: Said, *, by: Actor, at: datetime) -> bool:
    """Record a discrepancy that the portal cannot mend, once until it is over; return whether it is new."""
    with transaction.atomic():
        certificate = locked_certificate(certificate_id)
        if certificate.discrepancies.filter(kind=kind, over_at__isnull=True).exists():
            return False
        _keep(certificate_id, kind, seen, at=at)
        record(EVENTS[kind], by=by, at=at, certificate=certificate, data=seen.data)
    return True


def over(certificate_id: int, seen: Said, *, by: Actor, at: datetime) -> None:
    """End the certificate's discrepancies: portal and place agree again."""
    with transaction.atomic():
        certificate = locked_certificate(certificate_id)
        ended = certificate.discrepancies.filter(over_at__isnull=True)
        kinds = set(ended.values_list("kind", flat=True))
        ended.update(over_at=at)
        if DiscrepancyKind.NOT_REVOKED in kinds:
            record(EventKind.SEEN_AGAIN, by=by, at=at, certificate=certificate, data=seen.data)


def _keep(certificate_id: int, kind: DiscrepancyKind, seen: Said, *, at: datetime, over: bool = False) -> None:
    Discrepancy.objects.create(
        certificate_id=certificate_id,
        point=seen.point,
        kind=kind,
        found_at=at,
        over_at=at if over else None,
        revoked_at=seen.said.revoked_at,
        reason=seen.said.reason,
        crl_number=seen.crl_number,
        this_update=seen.said.this_update,
    )
