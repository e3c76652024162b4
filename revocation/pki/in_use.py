"""How the certificate that a name serves relates to the one that is about to be revoked. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from revocation.pki.facts import CertificateFacts
from revocation.pki.names import NameRefused, base_name, canonical_dns_name, is_wildcard

MOST_NAMES = 20
"""Names of one certificate that are looked at."""


class Serves(StrEnum):
    """What a name serves. NEWER: a certificate that begins later and covers the name, so the name keeps working."""

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
    """Return what `name` serves, and whether it has the same key. The replacement of a compromised key must not."""
    same_key = shown.spki_sha256 == subject.key_digest
    if shown.fingerprint_sha256 == subject.fingerprint:
        return Serves.THIS, same_key
    newer = shown.not_before > subject.not_before and covers(shown.dns_names, name)
    return (Serves.NEWER if newer else Serves.OTHER), same_key


def covers(names: Iterable[str], host: str) -> bool:
    """Whether one of `names` covers `host`. A wildcard stands for the whole first label (RFC 6125 section 6.4.3)."""
    parent = host.partition(".")[2]
    return any(name.lower() in (host, f"*.{parent}") for name in names)


def hosts(names: Iterable[str]) -> list[str]:
    """Return the hosts to look at, each once, without a limit.

    A wildcard gives its base name and that name's `www.`. What is no DNS name is left out.
    """
    found: dict[str, None] = {}
    for name in names:
        try:
            canonical = canonical_dns_name(name)
        except NameRefused:
            continue
        base = base_name(canonical)
        found |= dict.fromkeys([base, f"www.{base}"] if is_wildcard(canonical) else [canonical])
    return list(found)
