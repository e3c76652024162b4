"""PDF to pages: the objects are checked, then pdfium draws the pictures. pypdf must count as many pages as pdfium."""

from __future__ import annotations

import io

import pypdf
import pypdfium2
from PIL import Image

from revocation.letters.limits import Limits
from revocation.letters.reading.page import Page
from revocation.letters.reading.pdf_features import check_features
from revocation.letters.reading.pdf_foreign import check_foreign
from revocation.letters.reading.pdf_objects import objects_in
from revocation.letters.refusals import FileRefused

LARGEST_SCALE = 300 / 72
"""Pixels per point (300 an inch): a tiny page is not blown up beyond what a scanner gives."""


def read(data: bytes, kind: str, limits: Limits) -> list[Page]:
    """Draw every page. Raises FileRefused, and what the two readers raise for damaged files."""
    reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted:
        raise FileRefused("pdf_encrypted")
    objects = objects_in(data, limits)
    check_features(objects)
    check_foreign(objects, data)
    count = len(reader.pages)
    if count < 1:
        raise FileRefused("pdf_no_pages")
    if count > limits.max_pages:
        raise FileRefused("pdf_too_many_pages", pages=count, max_pages=limits.max_pages)
    document = pypdfium2.PdfDocument(data)
    if len(document) != count:
        raise FileRefused("pdf_ambiguous")
    # Without this, filled-in fields are not drawn. This pdfium is built without JavaScript and XFA.
    document.init_forms()
    return [_drawn(document[number], limits) for number in range(count)]


def _drawn(page: pypdfium2.PdfPage, limits: Limits) -> Page:
    width, height = page.get_size()
    scale = min(LARGEST_SCALE, limits.longest_side / max(width, height))
    bitmap = page.render(scale=scale)
    image: Image.Image = bitmap.to_pil().convert("RGB")
    image.thumbnail((limits.longest_side, limits.longest_side))
    return Page(image, max(image.size))
