"""A page as the decoders give it, and how it is encoded for people's eyes."""

from __future__ import annotations

import io
from dataclasses import dataclass

from PIL import Image

JPEG_QUALITY = 85


@dataclass(frozen=True)
class Page:
    """`image`: mode L or RGB, within the longest side. `original_side`: pixels of the longer side before reducing."""

    image: Image.Image
    original_side: int


def encoded(image: Image.Image) -> bytes:
    """Encode as JPEG without metadata or colour profile. The same pixels give the same bytes."""
    # A fresh image: `save` would otherwise carry over what the original kept in `info`.
    clean = Image.new(image.mode, image.size)
    clean.paste(image)
    target = io.BytesIO()
    clean.save(target, "JPEG", quality=JPEG_QUALITY, subsampling=0)
    return target.getvalue()
