"""PNG chunks (W3C PNG, third edition, section 5): size, animation and end."""

from __future__ import annotations

from revocation.letters.limits import Limits
from revocation.letters.refusals import Refused
from revocation.letters.structure.survey import Survey, check_bounds, check_end

SIGNATURE_LENGTH = 8
CHUNK_OVERHEAD = 12
"""Bytes of a chunk besides its content: length, type, check sum."""


def survey(data: bytes) -> Survey:
    """Walk the chunks up to IEND. Raises Refused("unreadable") when the first is not IHDR."""
    if data[12:16] != b"IHDR":
        raise Refused("unreadable")
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    position, frames = SIGNATURE_LENGTH, 1
    while position + CHUNK_OVERHEAD <= len(data):
        length, chunk = (
            int.from_bytes(data[position : position + 4], "big"),
            data[position + 4 : position + 8],
        )
        position += CHUNK_OVERHEAD + length
        if chunk == b"acTL":
            frames = 2
        if chunk == b"IEND" and position <= len(data):
            return Survey(width, height, position, frames=frames)
    return Survey(width, height, len(data), complete=False, frames=frames)


def check(data: bytes, limits: Limits) -> None:
    """Raise Refused for bounds, an animation, a missing end or bytes behind it."""
    found = survey(data)
    check_bounds(found, limits)
    check_end(found, data)
