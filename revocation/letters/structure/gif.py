"""GIF blocks (GIF89a specification, sections 17 to 27): size, frames and end."""

from __future__ import annotations

from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused
from revocation.letters.structure.survey import Survey, check_bounds, check_end

HEADER_LENGTH = 13
"""Bytes of signature and logical screen descriptor."""
EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B


def survey(data: bytes) -> Survey:
    """Walk the blocks up to the trailer. Raises FileRefused("unreadable") for an unknown block."""
    if len(data) < HEADER_LENGTH:
        raise FileRefused("unreadable")
    width, height = _size(data, 6)
    position, frames = HEADER_LENGTH + _colour_table_length(data[10]), 0
    try:
        while data[position] != TRAILER:
            if data[position] == IMAGE:
                right, bottom = _far_corner(data, position)
                width, height, frames = max(width, right), max(height, bottom), frames + 1
                position += 11 + _colour_table_length(data[position + 9])
            elif data[position] == EXTENSION:
                position += 2
            else:
                raise FileRefused("unreadable")
            position = _behind_sub_blocks(data, position)
    except IndexError:
        return Survey(width, height, len(data), complete=False, frames=frames)
    return Survey(width, height, position + 1, frames=frames)


def _size(data: bytes, position: int) -> tuple[int, int]:
    return (
        int.from_bytes(data[position : position + 2], "little"),
        int.from_bytes(data[position + 2 : position + 4], "little"),
    )


def _far_corner(data: bytes, position: int) -> tuple[int, int]:
    """Return where the frame of the image descriptor at `position` ends. It may be larger than the screen."""
    left, top = _size(data, position + 1)
    width, height = _size(data, position + 5)
    return left + width, top + height


def _colour_table_length(packed: int) -> int:
    return 3 << ((packed & 7) + 1) if packed & 0x80 else 0


def _behind_sub_blocks(data: bytes, position: int) -> int:
    while length := data[position]:
        position += length + 1
    return position + 1


def check(data: bytes, limits: Limits) -> None:
    """Raise FileRefused for a file beyond the bounds, an animation, a missing end or bytes after it."""
    found = survey(data)
    if not found.frames and found.complete:
        raise FileRefused("unreadable")
    check_bounds(found, limits)
    check_end(found, data)
