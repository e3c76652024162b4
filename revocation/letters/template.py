"""The PDF that the organisation prints, signs, stamps and uploads (routes F2 and F4).

Drawn line by line on the canvas: nothing of the customer's words is ever read as markup. The same fields give
the same bytes.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from revocation.letters import wording
from revocation.letters.drawing import Sheet
from revocation.letters.fonts import registered
from revocation.letters.qr import LetterCode
from revocation.letters.text import fitted, groups, plain, wrapped
from revocation.letters.wording import Wording

NAMES_ON_FIRST_PAGE = 5
LINES_OF_FIELD = {
    "request_number": 1,
    "organisation": 2,
    "issuer": 2,
    "serial_number": 2,
    "fingerprint": 2,
    "validity": 1,
    "reason": 2,
    "explanation": 3,
}
"""With all of them full the table still ends above the box for the seal."""
VALUE_SIZE = 9.5
"""Points."""


@dataclass(frozen=True)
class LetterFields:
    """What a letter says. All text may be hostile: it is cleaned and bounded here.

    `names`: DNS names as in the certificate, first the one people know. `serial_number` and `fingerprint`
    (SHA-256): hexadecimal. `not_before`, `not_after`: aware, UTC. `reason`: plain words, not a number.
    `explanation`: the customer's own words, may be empty. `prepared_on`: the date on the letter.
    """

    request_number: str
    organisation: str
    names: tuple[str, ...]
    issuer: str
    serial_number: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    reason: str
    prepared_on: date
    explanation: str = ""


def application_letter(fields: LetterFields) -> bytes:
    """The application of route F2, as PDF."""
    return _letter(fields, wording.APPLICATION)


def confirmation_letter(fields: LetterFields) -> bytes:
    """The confirmation letter of route F4, as PDF."""
    return _letter(fields, wording.CONFIRMATION)


def _letter(fields: LetterFields, words: Wording) -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, invariant=True, pageCompression=1)
    canvas.setTitle(f"{words.title[0]} {plain(fields.request_number)[:64]}")
    canvas.setAuthor("")
    canvas.setSubject(words.title[1])
    sheet = Sheet(canvas, registered())
    pages = 2 if len(fields.names) > NAMES_ON_FIRST_PAGE else 1
    _first_page(sheet, fields, words, pages)
    if pages == 2:
        _second_page(sheet, fields)
    canvas.save()
    return target.getvalue()


def _first_page(sheet: Sheet, fields: LetterFields, words: Wording, pages: int) -> None:
    sheet.heading(*words.title, str(LetterCode.of(fields.request_number, fields.fingerprint)), wording.QR_CAPTION)
    for chinese, english in words.statements:
        sheet.statement(chinese, english)
    sheet.gap(8)
    for field, lines in _rows(fields, sheet):
        sheet.row(*wording.LABELS[field], lines, VALUE_SIZE)
    sheet.signature(wording.SIGNATURE, wording.SEAL, wording.SEAL_HINT)
    _foot(sheet, fields, 1, pages)


def _rows(fields: LetterFields, sheet: Sheet) -> list[tuple[str, list[str]]]:
    """Field and its lines, in the order of the table."""
    validity = f"{fields.not_before:%Y-%m-%d %H:%M} – {fields.not_after:%Y-%m-%d %H:%M} UTC"
    text = {
        "request_number": fields.request_number,
        "organisation": fields.organisation,
        "issuer": fields.issuer,
        "serial_number": groups(fields.serial_number),
        "fingerprint": groups(fields.fingerprint),
        "validity": validity,
        "reason": fields.reason,
        "explanation": fields.explanation,
    }
    rows = {
        field: wrapped(plain(value), sheet.measure(VALUE_SIZE), sheet.value_width, LINES_OF_FIELD[field])
        for field, value in text.items()
        if value
    }
    rows["names"] = _names_on_first_page(fields, sheet)
    return [(field, rows[field]) for field in wording.LABELS if field in rows]


def _names_on_first_page(fields: LetterFields, sheet: Sheet) -> list[str]:
    shown = fields.names[:NAMES_ON_FIRST_PAGE]
    lines = [fitted(plain(name), sheet.measure(VALUE_SIZE), sheet.value_width) for name in shown]
    if more := len(fields.names) - len(shown):
        lines.append(wording.MORE_NAMES.format(count=more))
    return lines


def _second_page(sheet: Sheet, fields: LetterFields) -> None:
    sheet.next_page()
    sheet.sub_heading(*wording.ALL_NAMES)
    rest = [plain(name) for name in fields.names[NAMES_ON_FIRST_PAGE:]]
    shown = sheet.columns(rest)
    if beyond := len(rest) - shown:
        sheet.note(wording.BEYOND.format(count=beyond))
    _foot(sheet, fields, 2, 2)


def _foot(sheet: Sheet, fields: LetterFields, page: int, pages: int) -> None:
    prepared = wording.PREPARED.format(date=fields.prepared_on.isoformat())
    number = wording.PAGE.format(page=page, pages=pages)
    sheet.foot(f"{plain(fields.request_number)[:64]}   {prepared}", number)
