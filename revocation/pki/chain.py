"""Order issuers above a certificate (RFC 5280 section 6.1: the next one's name, and its signature on this one)."""

from __future__ import annotations

from collections.abc import Iterable

from revocation.pki.facts import CertificateFacts
from revocation.pki.signatures import certificate_is_signed_by


def issued(issuer: CertificateFacts, subject: CertificateFacts) -> bool:
    """Does the name fit, and did the issuer's key sign it? Names and key identifiers anybody can write.

    Raises openssl.OpensslMissing (SM2 only).
    """
    if not issuer.is_ca or issuer.subject_der != subject.issuer_der:
        return False
    return certificate_is_signed_by(subject.der, issuer.der)


def order_chain(leaf: CertificateFacts, candidates: Iterable[CertificateFacts]) -> tuple[CertificateFacts, ...]:
    """The issuers upward from the leaf, nearest first, as far as the candidates reach. A circle ends it."""
    pool = {facts.fingerprint_sha256: facts for facts in candidates}
    pool.pop(leaf.fingerprint_sha256, None)
    chain: list[CertificateFacts] = []
    current = leaf
    while not current.is_self_issued:
        issuer = next((facts for facts in pool.values() if issued(facts, current)), None)
        if issuer is None:
            break
        chain.append(issuer)
        del pool[issuer.fingerprint_sha256]
        current = issuer
    return tuple(chain)
