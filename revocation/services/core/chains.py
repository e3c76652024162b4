"""Chains of issuers' certificates: each is kept once, found by its subject, and verified by its signature."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence

from revocation.authorities import registry
from revocation.models import Certificate, IssuerCertificate
from revocation.pki.chain import issued, order_chain
from revocation.pki.facts import CertificateFacts, UnreadableCertificate, read_certificate

log = logging.getLogger(__name__)

LONGEST_CHAIN = 8


def digest_of_name(name_der: bytes) -> str:
    """Return the key under which issuers' certificates are found: SHA-256 of the DER of the subject."""
    return hashlib.sha256(name_der).hexdigest()


def keep_issuers(issuers: Iterable[CertificateFacts]) -> None:
    """Store CA certificates. One that is known already changes nothing."""
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
    """Return the known issuers above a certificate, nearest first."""
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
    """Yield the certificates that can be read. C5: one that cannot be read breaks no other chain."""
    for row in rows:
        try:
            yield read_certificate(bytes(row.der))
        except UnreadableCertificate:
            log.warning("the issuer's certificate %s cannot be read", row.fingerprint)


class Issuers:
    """A finder of the issuers of several certificates. It reads those of one name once and checks each signature."""

    def __init__(self) -> None:
        self._named: dict[str, list[CertificateFacts]] = {}

    def of(self, der: bytes) -> bytes | None:
        """Return the DER of the certificate that issued this one; None when it is not known or this one is self-issued.

        Raises UnreadableCertificate.
        """
        leaf = read_certificate(der)
        if leaf.is_self_issued:
            return None
        digest = digest_of_name(leaf.issuer_der)
        if digest not in self._named:
            self._named[digest] = list(_readable(IssuerCertificate.objects.filter(subject_digest=digest)))
        return next((facts.der for facts in self._named[digest] if issued(facts, leaf)), None)


def issuer_of(der: bytes) -> bytes | None:
    """Return the DER of the issuer of one certificate, as `Issuers.of` does."""
    return Issuers().of(der)


def full_chain(certificate: Certificate) -> list[bytes]:
    """Return what servers send: the certificate and its issuers, without a self-signed root."""
    der = bytes(certificate.bytes.der)
    return [der, *(facts.der for facts in chain_of(der) if not facts.is_self_issued)]


def authorities_for(several: Sequence[CertificateFacts]) -> list[str | None]:
    """Return for each certificate the slug of the issuing authority that made it, if it is one of ours."""
    return registry.slugs_for_issuers(several)
