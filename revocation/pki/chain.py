"""The chain of issuers above a certificate (RFC 5280 section 6.1: matched by name and by signature)."""

from __future__ import annotations

from collections.abc import Iterable

from revocation.pki.facts import CertificateFacts
from revocation.pki.signatures import certificate_is_signed_by


def issued(issuer: CertificateFacts, subject: CertificateFacts) -> bool:
    """Whether the issuer's name fits and its key signed `subject`.

    The name alone proves nothing, since anybody can write names and key identifiers. Raises openssl.OpensslMissing
    (SM2 only).
    """
    if not issuer.is_ca or issuer.subject_der != subject.issuer_der:
        return False
    return certificate_is_signed_by(subject.der, issuer.der)


def order_chain(leaf: CertificateFacts, candidates: Iterable[CertificateFacts]) -> tuple[CertificateFacts, ...]:
    """Return the issuers above the leaf, nearest first, as far as the candidates reach. Each appears at most once."""
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
