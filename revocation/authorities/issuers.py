"""Whether a certificate was made by an authority: its issuing certificates are known, and their key signed it.

A name, a key identifier, a policy: anybody can write these into a certificate. Only the signature is proof, so the
setting names the authority's issuing certificates themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from revocation.pki.bundle import read_bundle
from revocation.pki.chain import issued
from revocation.pki.facts import CertificateFacts, UnreadableCertificate

PEM_MARK = "-----BEGIN "


class IssuersUnreadable(Exception):
    """An entry of `issuers` is of no use. The message says which, and what is accepted."""


def read_issuers(entry: str) -> tuple[CertificateFacts, ...]:
    """The CA certificates of one entry: PEM text, or a path (PEM, DER, PKCS#7). Raises IssuersUnreadable."""
    try:
        data = entry.encode() if PEM_MARK in entry else Path(entry).read_bytes()
        found = read_bundle(data)
    except OSError as missing:
        raise IssuersUnreadable(
            f"“{entry}” cannot be read ({missing.strerror}). Give the path of a file with the authority's issuing "
            "certificates, or their PEM text; a name alone proves nothing."
        ) from None
    except UnreadableCertificate as refused:
        raise IssuersUnreadable(f"“{entry[:80]}”: {refused}") from None
    others = [facts.subject for facts in found if not facts.is_ca]
    if others:
        raise IssuersUnreadable(f"“{entry[:80]}” holds a certificate that is no CA's: {others[0]}.")
    return found


def issued_by(facts: CertificateFacts, entries: Sequence[str]) -> bool:
    """Whether one of these issuing certificates has the issuer's name and its key signed the certificate.

    Raises IssuersUnreadable, and for SM2 openssl.OpensslMissing.
    """
    return any(issued(issuer, facts) for entry in entries for issuer in _cached(entry, _stamp(entry)))


@lru_cache(maxsize=64)
def _cached(entry: str, stamp: float) -> tuple[CertificateFacts, ...]:
    return read_issuers(entry)


def _stamp(entry: str) -> float:
    """When the file was changed last, so that a new one is read without a restart."""
    try:
        return 0.0 if PEM_MARK in entry else Path(entry).stat().st_mtime
    except OSError:
        return -1.0
