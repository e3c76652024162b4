"""Chains of issuers' certificates: kept once each, found by subject, verified by key identifiers."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator

from revocation.authorities import registry
from revocation.models import Certificate, IssuerCertificate
from revocation.pki.chain import issued, order_chain
from revocation.pki.facts import CertificateFacts, UnreadableCertificate, read_certificate

log = logging.getLogger(__name__)

LONGEST_CHAIN = 8


def digest_of_name(name_der: bytes) -> str:
    """Key under which issuers' certificates are found: SHA-256 of the DER of the subject."""
    return hashlib.sha256(name_der).hexdigest()


def keep_issuers(issuers: Iterable[CertificateFacts]) -> None:
    """Keep CA certificates; one that is known already changes nothing."""
    rows = [
        IssuerCertificate(
            fingerprint=facts.fingerprint_sha256,
            subject_digest=digest_of_name(facts.subject_der),
            subject=facts.subject,
            der=facts.der,
        )
        for facts in issuers
    ]
    IssuerCertificate.objects.bulk_create(rows, ignore_conflicts=True)


def chain_of(der: bytes) -> tuple[CertificateFacts, ...]:
    """The issuers above a certificate, nearest first, as far as they are known."""
    leaf = read_certificate(der)
    candidates: list[CertificateFacts] = []
    wanted, asked = {digest_of_name(leaf.issuer_der)}, set[str]()
    while wanted - asked and len(asked) < LONGEST_CHAIN:
        rows = IssuerCertificate.objects.filter(subject_digest__in=wanted - asked)
        asked |= wanted
        found = list(_readable(rows))
        candidates += found
        wanted = {digest_of_name(facts.issuer_der) for facts in found}
    return order_chain(leaf, candidates)


def _readable(rows: Iterable[IssuerCertificate]) -> Iterator[CertificateFacts]:
    """C5: an issuer's certificate that cannot be read costs nobody else's chain."""
    for row in rows:
        try:
            yield read_certificate(bytes(row.der))
        except UnreadableCertificate:
            log.warning("the issuer's certificate %s cannot be read", row.fingerprint)


class Issuers:
    """Finds the issuers of several certificates: those of one name are read once, each signature is checked."""

    def __init__(self) -> None:
        self._named: dict[str, list[CertificateFacts]] = {}

    def of(self, der: bytes) -> bytes | None:
        """DER of the certificate that issued this one, or None when it is not known. Raises UnreadableCertificate."""
        leaf = read_certificate(der)
        if leaf.is_self_issued:
            return None
        digest = digest_of_name(leaf.issuer_der)
        if digest not in self._named:
            self._named[digest] = list(_readable(IssuerCertificate.objects.filter(subject_digest=digest)))
        return next((facts.der for facts in self._named[digest] if issued(facts, leaf)), None)


def issuer_of(der: bytes) -> bytes | None:
    """The same for one certificate."""
    return Issuers().of(der)


def full_chain(certificate: Certificate) -> list[bytes]:
    """The certificate and its issuers, without a self-signed root, as servers send it."""
    der = bytes(certificate.bytes.der)
    return [der, *(facts.der for facts in chain_of(der) if not facts.is_self_issued)]


def authority_for(facts: CertificateFacts) -> str | None:
    """The slug of the issuing authority that made this certificate, if it is one of ours."""
    return registry.slug_for_issuer(facts)
