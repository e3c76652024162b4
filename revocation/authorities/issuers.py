"""The issuing certificates of an authority. It made a certificate if the key of one of them signed it.

Anybody can write a name, a key identifier or a policy into a certificate. Only the signature is proof, so the setting
names the authority's issuing certificates themselves.
"""

from __future__ import annotations

import logging
import stat
from functools import lru_cache
from pathlib import Path

from revocation.pki.bundle import LARGEST_FILE, read_bundle
from revocation.pki.facts import CertificateFacts, UnreadableCertificate, visible

log = logging.getLogger(__name__)

PEM_MARK = "-----BEGIN "
ACCEPTED = "Give the path of a file with the authority's issuing certificates, or their PEM text; a name alone proves "
ACCEPTED += "nothing."

Stamp = tuple[int, ...]


class IssuersUnreadable(Exception):
    """An entry of `issuers` is of no use. The message says which, and what is accepted; it quotes no content."""


def read_issuers(entry: str) -> tuple[CertificateFacts, ...]:
    """Read the CA certificates of one entry: PEM text, or a path (PEM, DER, PKCS#7). Raises IssuersUnreadable."""
    shown = "the PEM text" if PEM_MARK in entry else f"“{visible(entry[:200])}”"
    try:
        found = read_bundle(entry.encode() if PEM_MARK in entry else _file(entry))
    except OSError as missing:
        raise IssuersUnreadable(f"{shown} cannot be read ({missing.strerror}). {ACCEPTED}") from None
    except (UnreadableCertificate, ValueError) as refused:
        raise IssuersUnreadable(f"{shown}: {refused}") from None
    others = [facts.subject for facts in found if not facts.is_ca]
    if others:
        raise IssuersUnreadable(f"{shown} holds a certificate that is no CA's: {others[0]}.")
    return found


def issuers_named(name_der: bytes, entries: object) -> list[CertificateFacts]:
    """Return the issuing certificates of these entries that have this name.

    An entry that cannot be read is passed over; `manage.py check` names it.
    """
    readable = [entry for entry in entries if isinstance(entry, str)] if isinstance(entries, list) else []
    issuers = (issuer for entry in readable for issuer in _cached(entry, _stamp(entry)))
    return [issuer for issuer in issuers if issuer.subject_der == name_der]


def _file(name: str) -> bytes:
    """Read a regular file: reading a pipe may wait, and a device has no end. Raises OSError, ValueError."""
    path = Path(name)
    if not name.strip() or not stat.S_ISREG(path.stat().st_mode):
        raise OSError(0, "it is no file")
    with path.open("rb") as file:
        return file.read(LARGEST_FILE + 1)


@lru_cache(maxsize=64)
def _cached(entry: str, stamp: Stamp) -> tuple[CertificateFacts, ...]:
    """Return the certificates of the entry, or none. A failure is logged once for each state of the file."""
    try:
        return read_issuers(entry)
    except IssuersUnreadable as unreadable:
        log.error("AUTHORITIES: issuers: %s", unreadable)
        return ()


def _stamp(entry: str) -> Stamp:
    """Return a value that changes with the file, so that a new file is read without a restart."""
    if PEM_MARK in entry:
        return ()
    try:
        found = Path(entry).stat()
    except (OSError, ValueError):
        return (0,)
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)
