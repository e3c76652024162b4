"""The QR code of a letter: which request and certificate, or which joint filing and its certificates, it is for."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Self

from revocation.letters.text import plain

FORM = re.compile(r"certportal:([0-9A-Za-z-]{1,64}):([0-9a-f]{64})")


@dataclass(frozen=True)
class LetterCode:
    """`fingerprint`: SHA-256 of the certificate, or of the list when there are `several`; lower-case hexadecimal.

    `several` is set in codes that we expect, not in those that were read.
    """

    request_number: str
    fingerprint: str
    several: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, request_number: str, fingerprint: str) -> Self:
        """The code that a letter for this request and certificate carries."""
        return cls(plain(request_number)[:64], plain(fingerprint)[:64].lower())

    @classmethod
    def together(cls, number: str, fingerprints: Iterable[str]) -> Self:
        """The code of a letter for several certificates. It changes when one is added or removed."""
        return cls(plain(number)[:64], list_digest(fingerprints), several=True)

    @classmethod
    def parsed(cls, text: str) -> Self | None:
        """Parse a code that was read. Returns None when it is not one of ours."""
        match = FORM.fullmatch(text)
        return cls(match[1], match[2]) if match else None

    def __str__(self) -> str:
        return f"certportal:{self.request_number}:{self.fingerprint}"


def list_digest(fingerprints: Iterable[str]) -> str:
    """SHA-256 of the fingerprints, lower case, sorted, each on a line of its own."""
    lines = sorted(plain(fingerprint)[:64].lower() for fingerprint in fingerprints)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
