"""The outer form of a PDF (ISO 32000-2 section 7.5): its reading is left to the child."""

from __future__ import annotations

from revocation.letters.limits import Limits
from revocation.letters.refusals import Refused


def check(data: bytes, limits: Limits) -> None:
    """Raise Refused when the end-of-file mark is missing, so that the file is plainly cut off."""
    if b"%%EOF" not in data:
        raise Refused("truncated")
