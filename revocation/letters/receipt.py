"""The receipt of a revocation as PDF, in Chinese and English: rows of a table, drawn as the letters are.

The same rows give the same bytes. The signature is detached: it is a file beside the PDF.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

from revocation.letters.drawing import BOTTOM, Sheet, a4_canvas
from revocation.letters.fields import Row
from revocation.letters.fonts import registered
from revocation.letters.text import plain, wrapped

TITLE = ("证书吊销回执", "Receipt of a certificate revocation")
STATEMENTS = (
    (
        "下列证书已被吊销。本回执由系统签名；签名在单独的文件中，可用 openssl 验证。",
        "The certificate below is revoked. The portal signed this receipt. The signature is in a separate file. "
        "Verify it with openssl.",
    ),
)
QR_CAPTION = "SHA-256"
PAGE = "第 {page} 页 Page {page}"
VALUE_SIZE = 8.5
"""Points."""
LINES_OF_ROW = 6
ROOM_AT_THE_FOOT = 40.0
"""Points that stay free above the line at the foot."""


def receipt_pdf(number: str, code: str, rows: Sequence[Row]) -> bytes:
    """Draw the PDF. `number`: the request's. `code`: what the QR code says. Hostile text is cleaned here."""
    target = io.BytesIO()
    canvas = a4_canvas(target, registered())
    canvas.setTitle(f"{TITLE[0]} {plain(number)[:64]}")
    canvas.setAuthor("")
    canvas.setSubject(TITLE[1])
    sheet, page = Sheet(canvas, registered()), 1
    sheet.heading(*TITLE, code, QR_CAPTION)
    for chinese, english in STATEMENTS:
        sheet.statement(chinese, english)
    sheet.gap(8)
    for row in rows:
        lines = _lines(row, sheet)
        if lines and sheet.y - _height(lines) < BOTTOM + ROOM_AT_THE_FOOT:
            sheet.foot(plain(number)[:64], PAGE.format(page=page))
            sheet.next_page()
            page += 1
        if lines:
            sheet.row(row.chinese, row.english, lines, VALUE_SIZE)
    sheet.foot(plain(number)[:64], PAGE.format(page=page))
    canvas.save()
    return target.getvalue()


def _lines(row: Row, sheet: Sheet) -> list[str]:
    measure = sheet.measure(VALUE_SIZE)
    values = (plain(value) for value in row.values if value)
    return [line for value in values for line in wrapped(value, measure, sheet.value_width, LINES_OF_ROW)]


def _height(lines: Sequence[str]) -> float:
    return len(lines) * VALUE_SIZE * 1.35 + 12
