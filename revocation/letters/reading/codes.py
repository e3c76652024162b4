"""QR codes on the pages, read from the pictures that people are shown."""

from __future__ import annotations

import zxingcpp

from revocation.letters.limits import Limits
from revocation.letters.qr import LetterCode
from revocation.letters.reading.page import Page

QR_CODE = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])


def codes(pages: list[Page], limits: Limits) -> list[str]:
    """Return the texts of our QR codes, in reading order, bounded. Others (an invoice's, a WeChat one) are ignored."""
    texts = (code.text for page in pages for code in zxingcpp.read_barcodes(page.image.convert("L"), QR_CODE))
    return [text for text in texts if LetterCode.parsed(text)][: limits.max_codes]
