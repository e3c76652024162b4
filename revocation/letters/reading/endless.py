"""A JPEG without its end mark, as some scanners and broken saves leave it: accepted when no point of it is missing.

The decoder silently fills up what it lacks. So it is given two different ends. Where the pictures differ, or one cannot
be decoded at all, part of the picture itself was missing.
"""

from __future__ import annotations

import io

from PIL import Image

from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused

END = b"\xff\xd9"
OTHER_END = b"\xaa" * 64 + END
"""The decoder skips bytes before an end that it does not need. Where it needs them, they change what it draws."""
ZEROS_KEPT = 8
"""Zeros at the end are padding, but the first few of them may belong to the picture."""


def ended(data: bytes, limits: Limits) -> bytes:
    """Return `data` with an end mark. Raises FileRefused("truncated") when part of the picture is missing."""
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
    """Decode the picture, reduced as it will be shown, and return its points."""
    with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
        image.draft(None, (limits.longest_side, limits.longest_side))
        return image.tobytes()
