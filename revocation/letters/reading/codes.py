"""QR codes on the pages, read from the pictures that people are shown."""

from __future__ import annotations

import zxingcpp

from revocation.letters.reading.page import Page

QR_CODE = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])
MOST = 8
LONGEST = 200
"""Characters. What is longer is no code of ours."""


def codes(pages: list[Page]) -> list[str]:
    """The texts of the QR codes found, in reading order, bounded."""
    found = (code.text for page in pages for code in zxingcpp.read_barcodes(page.image, QR_CODE))
    return [text for text in found if len(text) <= LONGEST][:MOST]
