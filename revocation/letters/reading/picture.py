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
"""Phones call a JPEG with further pictures after it MPO. Its first picture is the photo."""
SIXTEEN_BIT = frozenset({"I;16", "I;16B", "I;16L", "I;16N", "I"})
WHITE = 255


def read(data: bytes, kind: str, limits: Limits) -> list[Page]:
    """Read one page. Raises FileRefused, and what Pillow raises: to the parent any failure means *unreadable*."""
    if kind == "png":
        check_rows(data)
    if kind == "jpg" and not jpeg.survey(data).complete:
        data = ended(data, limits)
    image: Image.Image = Image.open(io.BytesIO(data), formats=FORMATS[kind])
    side = max(image.size)
    bound = (limits.longest_side, limits.longest_side)
    image.draft(None, bound)
    image.load()
    image = _plain_mode(image)  # frees the decoded one: reducing beside it needs too much memory
    image.thumbnail(bound, reducing_gap=2.0)
    return [Page(_on_white(_upright(image)), side)]


def _upright(image: Image.Image) -> Image.Image:
    """Turn the picture as the camera was held. EXIF notes that cannot be read are ignored, as viewers do."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - whatever a parser of TIFF may raise
        return image


def _plain_mode(image: Image.Image) -> Image.Image:
    """Convert to L, RGB, LA or RGBA where needed. Nothing is copied without need: a large page takes 140 MB."""
    if image.mode in SIXTEEN_BIT:
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in ("LA", "RGBA"):
        return image
    if "transparency" in image.info or image.mode in ("PA", "La", "RGBa"):
        return image.convert("RGBA")
    plain = "L" if image.mode in ("1", "L", "F") else "RGB"
    return image if image.mode == plain else image.convert(plain)


def _on_white(image: Image.Image) -> Image.Image:
    """Put the picture on white paper, which shows in its transparent parts."""
    if image.mode not in ("LA", "RGBA"):
        return image
    image = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, (WHITE, WHITE, WHITE, WHITE))
    return Image.alpha_composite(paper, image).convert("RGB")
