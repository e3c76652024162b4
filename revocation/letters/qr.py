"""The QR code of a letter: which request and certificate it was prepared for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from revocation.letters.text import plain

FORM = re.compile(r"certportal:([0-9A-Za-z-]{1,64}):([0-9a-f]{64})")


@dataclass(frozen=True)
class LetterCode:
    """`fingerprint`: SHA-256 of the certificate, lower-case hexadecimal."""

    request_number: str
    fingerprint: str

    @classmethod
    def of(cls, request_number: str, fingerprint: str) -> Self:
        """The code that a letter for this request and certificate carries."""
        return cls(plain(request_number)[:64], plain(fingerprint)[:64].lower())

    @classmethod
    def parsed(cls, text: str) -> Self | None:
        """What a code that was read says; None when it is not one of ours."""
        match = FORM.fullmatch(text)
        return cls(match[1], match[2]) if match else None

    def __str__(self) -> str:
        return f"certportal:{self.request_number}:{self.fingerprint}"
