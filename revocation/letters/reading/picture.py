"""JPG, PNG and GIF to a page: first frame, upright, opaque, RGB or grey, bounded."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from revocation.letters.limits import Limits
from revocation.letters.reading.endless import ended
from revocation.letters.reading.page import Page
from revocation.letters.reading.png_rows import check_rows
from revocation.letters.structure import jpeg

FORMATS = {"jpg": ("JPEG", "MPO"), "png": ("PNG",), "gif": ("GIF",)}
"""Phones call a JPEG with further pictures behind it MPO; its first picture is the photo."""
SIXTEEN_BIT = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I"})
WHITE = 255


def read(data: bytes, kind: str, limits: Limits) -> list[Page]:
    """One page. Raises FileRefused, and what Pillow raises: the child's caller takes any failure as *unreadable*."""
    if kind == "png":
        check_rows(data)
    if kind == "jpg" and not jpeg.survey(data).complete:
        data = ended(data, limits)
    image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS[kind])
    side = max(image.size)
    bound = (limits.longest_side, limits.longest_side)
    image.draft(None, bound)
    image.load()
    image = _plain_mode(image)  # and the decoded one is gone: both, and what reducing needs, are more than there is
    image.thumbnail(bound, reducing_gap=2.0)
    return [Page(_on_white(_upright(image)), side)]


def _upright(image: Image.Image) -> Image.Image:
    """As the camera was held. Notes that cannot be read turn nothing: every viewer shows the picture all the same."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - whatever a parser of TIFF may raise
        return image


def _plain_mode(image: Image.Image) -> Image.Image:
    """L, RGB, LA or RGBA; itself where it is one of them, since a copy of a large page costs 140 MB."""
    if image.mode in SIXTEEN_BIT:
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in ("LA", "RGBA"):
        return image
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return image.convert("RGBA")
    plain = "L" if image.mode in ("1", "L", "F") else "RGB"
    return image if image.mode == plain else image.convert(plain)


def _on_white(image: Image.Image) -> Image.Image:
    """Transparent parts become paper."""
    if image.mode not in ("LA", "RGBA"):
        return image
    image = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, (WHITE, WHITE, WHITE, WHITE))
    return Image.alpha_composite(paper, image).convert("RGB")
