"""The outer form of a PDF (ISO 32000-2 section 7.5): its reading is left to the child."""

from __future__ import annotations

from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused
from revocation.letters.structure import foreign

END = b"%%EOF"
PADDING = b"\x00\t\n\x0c\r \x1a"
"""White space (ISO 32000-2, table 1), and what CP/M ended files with."""


def check(data: bytes, limits: Limits) -> None:
    """Raise FileRefused when the end-of-file mark is missing (the file is plainly cut off), or something follows it."""
    end = data.rfind(END)
    if end == -1:
        raise FileRefused("truncated")
    extra = len(data[end + len(END) :].strip(PADDING))
    if extra:
        foreign.check_behind(data, end + len(END))
        raise FileRefused("trailing_data", extra=extra)
