"""PNG chunks (W3C PNG, third edition, section 5): size, check sums, animation and end."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused
from revocation.letters.structure.survey import Survey, check_bounds, check_end

SIGNATURE_LENGTH = 8
CHUNK_OVERHEAD = 12
"""Bytes of a chunk besides its content: length, type, check sum."""
PALETTE_COLOUR = 3
ONE_FRAME = (1).to_bytes(4, "big")
NEEDED = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND"})
"""The chunks that make the picture. Another chunk that is marked as needed makes some readers give up and others draw
something else, as Apple's own kind of PNG does (threat 6)."""
NOT_NEEDED = 0x20
"""This bit of a chunk's first letter says that a reader may skip the chunk."""


def chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and content of each whole chunk, up to IEND.

    Raises FileRefused("unreadable") for a needed chunk with a wrong check sum.
    """
    position, name = SIGNATURE_LENGTH, b""
    while name != b"IEND" and position + CHUNK_OVERHEAD <= len(data):
        end = position + CHUNK_OVERHEAD + int.from_bytes(data[position : position + 4], "big")
        if end > len(data):
            return
        name, content = data[position + 4 : position + 8], data[position + 8 : end - 4]
        if not name[0] & NOT_NEEDED and zlib.crc32(content, zlib.crc32(name)) != int.from_bytes(
            data[end - 4 : end], "big"
        ):
            raise FileRefused("unreadable")
        yield name, content
        position = end


def size(data: bytes) -> tuple[int, int]:
    """Width and height in pixels. Raises FileRefused("unreadable") when the first chunk is not IHDR."""
    if data[12:16] != b"IHDR" or len(data) < 33:
        raise FileRefused("unreadable")
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def survey(data: bytes) -> Survey:
    """Walk the chunks up to IEND. Raises FileRefused("unreadable")."""
    width, height = size(data)
    end, frames, names = SIGNATURE_LENGTH, 1, set()
    for name, content in chunks(data):
        end += CHUNK_OVERHEAD + len(content)
        names.add(name)
        if not name[0] & NOT_NEEDED and name not in NEEDED:
            raise FileRefused("unreadable")
        # An animation of one frame is a picture, unless that frame (fdAT) is not the picture that plain readers show.
        if (name == b"acTL" and content[:4] != ONE_FRAME) or name == b"fdAT":
            frames = 2
    if data[25] == PALETTE_COLOUR and b"PLTE" not in names:
        raise FileRefused("unreadable")
    if b"IEND" not in names:
        return Survey(width, height, len(data), complete=False, frames=frames)
    return Survey(width, height, end, frames=frames)


def check(data: bytes, limits: Limits) -> None:
    """Raise FileRefused for a file beyond the bounds, an animation, a missing end or bytes after it."""
    found = survey(data)
    check_bounds(found, limits)
    check_end(found, data)
