"""A JPEG without its end mark, as some scanners and broken saves leave it: taken when no point of it is missing.

The decoder fills up what it lacks without a word. So it is given two different ends: where the pictures differ, or one
cannot be decoded at all, something of the picture itself was missing.
"""

from __future__ import annotations

import io

from PIL import Image

from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused

END = b"\xff\xd9"
OTHER_END = b"\xaa" * 64 + END
"""Before an end, more bytes than the decoder needs are skipped; where it needs them they change what it draws."""
ZEROS_KEPT = 8
"""Zeros behind are padding, but the last few may be of the picture."""


def ended(data: bytes, limits: Limits) -> bytes:
    """`data` with an end mark. Raises FileRefused("truncated") when part of the picture is missing."""
    written = data.rstrip(b"\x00")
    picture = data[: len(written) + ZEROS_KEPT].rstrip(b"\xff")
    try:
        same = _decoded(picture + END, limits) == _decoded(picture + OTHER_END, limits)
    except (OSError, SyntaxError) as error:  # what Pillow raises for broken data
        raise FileRefused("truncated") from error
    if not same:
        raise FileRefused("truncated")
    return picture + END


def _decoded(data: bytes, limits: Limits) -> bytes:
    """The points of the picture, reduced as it will be shown."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        image.draft(None, (limits.longest_side, limits.longest_side))
        return image.tobytes()
