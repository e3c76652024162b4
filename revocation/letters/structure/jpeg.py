"""JPEG markers (ITU-T T.81 annex B): size, passes and end, without decoding a single coefficient."""

from __future__ import annotations

import re

from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused
from revocation.letters.structure import foreign
from revocation.letters.structure.survey import Survey, check_bounds

NEXT_MARKER = re.compile(rb"\xff([^\x00\xff])")
AFTER_SCAN = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
"""Of the bytes that fill up before a marker, the last one is found. A pattern that begins with one byte is quick."""
START_OF_FRAME = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
SHOWN_EVERYWHERE = frozenset({0xC0, 0xC1, 0xC2, 0xC9, 0xCA})
"""Sequential and progressive frames, but no lossless or differential ones."""
BITS = 8
START_OF_SCAN = 0xDA
END_OF_IMAGE = 0xD9


def survey(data: bytes) -> Survey:
    """Walk the markers up to the end of the (first) image. Raises FileRefused: "unreadable", "rare_jpeg"."""
    position, pattern = 2, NEXT_MARKER
    width = height = scans = 0
    while marker := pattern.search(data, position):
        code, position, pattern = marker[1][0], marker.end(), NEXT_MARKER
        if code == END_OF_IMAGE:
            return Survey(width, height, position, scans=scans)
        if code in ALONE:
            continue
        if code in START_OF_FRAME:
            found_height, found_width = _frame_size(data, code, position)
            # A file with two frame headers is judged by the larger one.
            width, height = max(width, found_width), max(height, found_height)
        if code == START_OF_SCAN:
            scans, pattern = scans + 1, AFTER_SCAN
        position += max(2, int.from_bytes(data[position : position + 2], "big"))
    return Survey(width, height, len(data), complete=False, scans=scans)


def _frame_size(data: bytes, code: int, position: int) -> tuple[int, int]:
    """Height and width in pixels from the frame header whose length field is at `position`."""
    header = data[position : position + 7]
    if len(header) < 7:
        raise FileRefused("unreadable")
    if code not in SHOWN_EVERYWHERE or header[2] != BITS:
        raise FileRefused("rare_jpeg")
    return int.from_bytes(header[3:5], "big"), int.from_bytes(header[5:7], "big")


def check(data: bytes, limits: Limits) -> None:
    """Raise FileRefused for a file beyond the bounds, and for another file after the end.

    Other bytes after the end are allowed: phones keep depth maps and the like there. They are not shown, since the
    picture is encoded anew. A missing end is left to the child, which checks that no pixels are missing
    (`reading.endless`).
    """
    found = survey(data)
    check_bounds(found, limits)
    foreign.check_behind(data, found.end)
