"""A check for missing rows of a PNG (W3C PNG, third edition, sections 7 and 8), about which Pillow is silent."""

from __future__ import annotations

import zlib

from revocation.letters.refusals import FileRefused
from revocation.letters.structure import png

CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Colour type -> samples per point."""
WHOLE = ((0, 0, 1, 1),)
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""The passes of an interlaced picture: first column and row, steps across and down."""
PIECE = 1 << 20
"""Bytes that are unpacked at a time."""


def check_rows(data: bytes) -> None:
    """Raise FileRefused("truncated") when the data unpack to fewer bytes than the rows need."""
    parts = [content for name, content in png.chunks(data) if name == b"IDAT"]
    if _unpacked(b"".join(parts), needed := _bytes_of_rows(data)) < needed:
        raise FileRefused("truncated")


def _bytes_of_rows(data: bytes) -> int:
    width, height = png.size(data)
    bits, colour, interlaced = data[24], data[25], data[28]
    if colour not in CHANNELS:
        raise FileRefused("unreadable")
    needed = 0
    for left, top, across, down in ADAM7 if interlaced else WHOLE:
        columns, rows = -(-(width - left) // across), -(-(height - top) // down)
        if columns > 0 and rows > 0:
            needed += rows * (1 + -(-columns * bits * CHANNELS[colour] // 8))
    return needed


def _unpacked(packed: bytes, enough: int) -> int:
    """Count the unpacked bytes, until there are `enough`, without keeping them."""
    unpacker, count = zlib.decompressobj(), 0
    try:
        while packed and count < enough:
            count += len(unpacker.decompress(packed, PIECE))
            packed = unpacker.unconsumed_tail
    except zlib.error:
        return count
    return count
