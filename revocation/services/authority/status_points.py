"""The place of publication that each certificate names, noted once.

Statuses are then compared a place at a time, not a certificate at a time.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime

from revocation.models import COMPARED, Certificate, CertificateBytes, PointKind, StatusPoint
from revocation.pki.facts import CertificateFacts, UnreadableCertificate, is_web, read_certificate

log = logging.getLogger(__name__)

BATCH = 200
"""Certificates read at once."""


def note_points(*, at: datetime, limit: int = BATCH) -> int:
    """Note the places of the next certificates that have none yet; return how many certificates were read.

    Uploaded ones are not compared (M1).
    """
    rows = list(Certificate.objects.filter(status_point__isnull=True).order_by("pk").only("pk", "uploaded")[:limit])
    named: dict[str, tuple[StatusPoint, list[int]]] = {}
    for pk, point in _points_of(rows, at):
        named.setdefault(point.key, (point, []))[1].append(pk)
    StatusPoint.objects.bulk_create([point for point, _ in named.values()], ignore_conflicts=True)
    ids = dict(StatusPoint.objects.filter(key__in=named).values_list("key", "pk"))
    for key, (_point, certificates) in named.items():
        Certificate.objects.filter(pk__in=certificates).update(status_point=ids[key])
    return len(rows)


def _points_of(certificates: Sequence[Certificate], at: datetime) -> Iterator[tuple[int, StatusPoint]]:
    kept = CertificateBytes.objects.filter(certificate__in=[c.pk for c in certificates if not c.uploaded])
    ders = dict(kept.values_list("certificate_id", "der"))
    for certificate in certificates:
        der = ders.get(certificate.pk)  # gone after deletion (M6)
        yield certificate.pk, _nowhere() if der is None else _point_or_nowhere(certificate.pk, bytes(der), at)


def _point_or_nowhere(certificate_id: int, der: bytes, at: datetime) -> StatusPoint:
    """Return the certificate's place, or none if it cannot be worked on: it holds up no other (C5)."""
    try:
        return point_of(der, at=at)
    except Exception:
        log.exception("the places of publication of certificate %s cannot be noted", certificate_id)
        return _nowhere()


def point_of(der: bytes, *, at: datetime) -> StatusPoint:
    """Return the place that the certificate names, not saved: its CRL, else its OCSP responder, of its issuer's key.

    The place is compared from `at` on, if one of its addresses can be fetched.
    """
    try:
        facts = read_certificate(der)
    except UnreadableCertificate:
        return _nowhere()
    kind, urls = _named(facts)
    if kind == PointKind.NONE:
        return _nowhere()
    issuer = (facts.issuer_common_name or facts.issuer_organization or facts.issuer)[:300]
    return StatusPoint(
        key=StatusPoint.key_of(kind, urls, _issuer(facts)),
        kind=kind,
        url=next(filter(is_web, urls), urls[0]),
        urls=list(urls),
        issuer=issuer,
        next_round_at=at if kind in COMPARED else None,
    )


def _named(facts: CertificateFacts) -> tuple[PointKind, Sequence[str]]:
    """Return the kind of place that the certificate names, and its addresses.

    All CRL addresses count, so that certificates of one place agree on which lists are theirs (RFC 5280 section 6.3.3).
    """
    if facts.web_crl_urls:
        return PointKind.CRL, facts.crl_urls
    if facts.web_ocsp_urls:
        return PointKind.OCSP, facts.web_ocsp_urls
    others = (*facts.crl_urls, *facts.ocsp_urls)
    return (PointKind.OTHER, others) if others else (PointKind.NONE, ())


def _issuer(facts: CertificateFacts) -> str:
    """Return what tells the issuers of places apart.

    A CA that changes its key keeps its name: the key identifier tells the two apart (RFC 5280 section 4.2.1.1). CA
    certificates may have lists of their own.
    """
    return f"{facts.issuer_der.hex()} {facts.authority_key_identifier} {'CA' if facts.is_ca else ''}"


def _nowhere() -> StatusPoint:
    return StatusPoint(key=StatusPoint.key_of(PointKind.NONE, [""], ""), kind=PointKind.NONE)
