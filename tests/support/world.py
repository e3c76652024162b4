"""What the authority publishes without the portal's doing, and the comparison with it."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F
from time_machine import travel

from revocation.authorities.local.models import CrlShard, IssuedCertificate, LocalAuthority
from revocation.authorities.local.revoke import revoke_certificate
from revocation.models import Certificate
from revocation.services.authority import embedded_publication, reconciliation, status_points
from tests.people import HOUR, NOW, SYSTEM


def revoke_elsewhere(certificate: Certificate, reason: int = 1, at: datetime = NOW - HOUR) -> None:
    """In the authority's own books, behind the portal's back, and published."""
    authority = LocalAuthority.objects.get(slug="local")
    revoke_certificate(authority, int(certificate.serial_number, 16), reason, at=at)
    publish(at=NOW)


def forget_revocation(certificate: Certificate, at: datetime) -> None:
    """The authority publishes a CRL without it: restored from a backup, or worse."""
    serial = f"{int(certificate.serial_number, 16):x}"
    IssuedCertificate.objects.filter(serial_number=serial).update(
        revoked_at=None, reason=None, crl_entry=None, effective_revocations=0
    )
    publish(at=at, anew=True)


def publish(*, at: datetime, anew: bool = False) -> None:
    if anew:
        CrlShard.objects.update(revocations=F("revocations") + 1)
    for shard in embedded_publication.due_shards(at=at):
        embedded_publication.publish_shard(shard, at=at)


def compare_all(at: datetime = NOW) -> None:
    """What the worker does; what is published is judged by the clock."""
    with travel(at, tick=False):
        status_points.note_points(at=at)
        for numbers in reconciliation.due_points(at=at).values():
            for number in numbers:
                reconciliation.compare(number, by=SYSTEM, at=at)
