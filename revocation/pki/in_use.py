"""What it means that a name serves some certificate, for the one that is about to be revoked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from revocation.pki.facts import CertificateFacts
from revocation.pki.names import NameRefused, base_name, canonical_dns_name, is_wildcard

MOST_NAMES = 20
"""Of one certificate that are looked at."""


class Serves(StrEnum):
    """What a name serves. NEWER: begins later and covers the name, so that the name stays healthy."""

    THIS = "this"
    NEWER = "newer"
    OTHER = "other"


@dataclass(frozen=True)
class Subject:
    """The certificate to be revoked: SHA-256 of the whole and of its public key, in hex."""

    fingerprint: str
    key_digest: str
    not_before: datetime


def judged(subject: Subject, name: str, shown: CertificateFacts) -> tuple[Serves, bool]:
    """What `name` serves, and whether with the same key: which a compromised key's replacement must not have."""
    same_key = shown.spki_sha256 == subject.key_digest
    if shown.fingerprint_sha256 == subject.fingerprint:
        return Serves.THIS, same_key
    newer = shown.not_before > subject.not_before and covers(shown.dns_names, name)
    return (Serves.NEWER if newer else Serves.OTHER), same_key


def covers(names: Iterable[str], host: str) -> bool:
    """RFC 6125 section 6.4.3: a wildcard stands for one whole label, the first."""
    parent = host.partition(".")[2]
    return any(name.lower() in (host, f"*.{parent}") for name in names)


def hosts(names: Iterable[str]) -> list[str]:
    """The hosts to look at, each once: a wildcard by its base name and `www.`. Not bounded; what is no DNS name is
    left out."""
    found: dict[str, None] = {}
    for name in names:
        try:
            canonical = canonical_dns_name(name)
        except NameRefused:
            continue
        base = base_name(canonical)
        found |= dict.fromkeys([base, f"www.{base}"] if is_wildcard(canonical) else [canonical])
    return list(found)
