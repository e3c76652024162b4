"""Order issuers above a certificate (RFC 5280 section 6.1: each one's issuer is the next one's subject)."""

from __future__ import annotations

from collections.abc import Iterable

from revocation.pki.facts import CertificateFacts


def issued(issuer: CertificateFacts, subject: CertificateFacts) -> bool:
    """Does the name fit, and the key identifier where both are given? (Section 4.2.1.1.)"""
    if not issuer.is_ca or issuer.subject_der != subject.issuer_der:
        return False
    named, own = subject.authority_key_identifier, issuer.subject_key_identifier
    return not named or not own or named == own


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
