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
    """Revoke it at the authority, behind the portal's back, and publish that."""
    authority = LocalAuthority.objects.get(slug="local")
    revoke_certificate(authority, int(certificate.serial_number, 16), reason, at=at)
    publish(at=NOW)


def forget_revocation(certificate: Certificate, at: datetime) -> None:
    """Publish a CRL without the revocation, as an authority restored from a backup would."""
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
    """Compare as the worker does, with the clock moved to `at`: the clock judges what is published."""
    with travel(at, tick=False):
        status_points.note_points(at=at)
        for numbers in reconciliation.due_points(at=at).values():
            for number in numbers:
                reconciliation.compare(number, by=SYSTEM, at=at)
