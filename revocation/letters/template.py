"""The PDF that the organisation prints, signs, stamps and uploads (routes F2 and F4).

It is drawn line by line on the canvas, so the customer's words are never read as markup. The same fields give
the same bytes.
"""

from __future__ import annotations

import io
from datetime import date

from reportlab.pdfgen.canvas import Canvas

from revocation.letters import wording
from revocation.letters.drawing import ENTRIES_IN_COLUMNS, Sheet, a4_canvas
from revocation.letters.fields import JointFields, LetterFields
from revocation.letters.fonts import has_form, registered
from revocation.letters.limits import Limits
from revocation.letters.listing import ENTRIES_ON_A_PAGE, draw_page, pages_for, validity
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
"""Lines at most. With all of them full, the table still ends above the box for the seal."""
VALUE_SIZE = 9.5
"""Points."""


def letter(words: Wording, fields: LetterFields | JointFields) -> bytes:
    """Draw the letter, for one certificate or several, as PDF."""
    return _joint_letter(fields, words) if isinstance(fields, JointFields) else _letter(fields, words)


def without_form(fields: LetterFields | JointFields) -> list[str]:
    """Return the characters for which the letter prints a box (`fonts.MISSING`), in the order of first appearance."""
    listed = fields.certificates if isinstance(fields, JointFields) else ()
    names = fields.names if isinstance(fields, LetterFields) else ()
    texts = [fields.organisation, fields.reason, fields.explanation, *names]
    texts += [text for entry in listed for text in (entry.organisation, entry.reason, entry.issuer, *entry.names)]
    if isinstance(fields, LetterFields):
        texts.append(fields.issuer)
    return list(dict.fromkeys(c for text in texts for c in plain(text) if not has_form(c)))


def application_letter(fields: LetterFields | JointFields) -> bytes:
    """The application of route F2, as PDF."""
    return letter(wording.APPLICATION, fields)


def confirmation_letter(fields: LetterFields | JointFields) -> bytes:
    """The confirmation letter of route F4, as PDF."""
    return letter(wording.CONFIRMATION, fields)


def _canvas(target: io.BytesIO, words: Wording, number: str) -> Canvas:
    canvas = a4_canvas(target, registered())
    canvas.setTitle(f"{words.title[0]} {plain(number)[:64]}")
    canvas.setAuthor("")
    canvas.setSubject(words.title[1])
    return canvas


def _letter(fields: LetterFields, words: Wording) -> bytes:
    target = io.BytesIO()
    canvas = _canvas(target, words, fields.request_number)
    sheet = Sheet(canvas, registered())
    lists, beyond = _names_behind(fields)
    _first_page(sheet, fields, words, 1 + len(lists))
    for number, names in enumerate(lists, start=2):
        sheet.next_page()
        sheet.sub_heading(*wording.ALL_NAMES)
        sheet.columns(names)
        if beyond and number == 1 + len(lists):
            sheet.note(wording.BEYOND.format(count=beyond))
        _foot(sheet, fields.request_number, fields.prepared_on, number, 1 + len(lists))
    canvas.save()
    return target.getvalue()


def _names_behind(fields: LetterFields) -> tuple[list[list[str]], int]:
    """Return the names of each following page, and how many names have no room.

    The letter has no more pages than may be uploaded (F7).
    """
    rest = [plain(name) for name in fields.names[NAMES_ON_FIRST_PAGE:]]
    lists = [rest[at : at + ENTRIES_IN_COLUMNS] for at in range(0, len(rest), ENTRIES_IN_COLUMNS)]
    shown = lists[: Limits().max_pages - 1]
    return shown, len(rest) - sum(map(len, shown))


def _joint_letter(fields: JointFields, words: Wording) -> bytes:
    target = io.BytesIO()
    canvas = _canvas(target, words, fields.number)
    sheet = Sheet(canvas, registered())
    lists = pages_for(fields.certificates)
    sheet.heading(*words.title, str(fields.code), wording.QR_CAPTION)
    for chinese, english in words.joint:
        sheet.statement(chinese, english)
    sheet.gap(8)
    for label, lines in _joint_rows(fields, sheet):
        sheet.row(*label, lines, VALUE_SIZE)
    sheet.signature(wording.SIGNATURE, wording.SEAL, wording.SEAL_HINT)
    _foot(sheet, fields.number, fields.prepared_on, 1, 1 + len(lists))
    for page, entries in enumerate(lists):
        draw_page(sheet, entries, 1 + page * ENTRIES_ON_A_PAGE)
        _foot(sheet, fields.number, fields.prepared_on, 2 + page, 1 + len(lists))
    canvas.save()
    return target.getvalue()


def _joint_rows(fields: JointFields, sheet: Sheet) -> list[tuple[tuple[str, str], list[str]]]:
    text = {
        "number": fields.number,
        "organisation": fields.organisation,
        "count": wording.COUNT.format(count=len(fields.certificates)),
        "digest": groups(fields.code.fingerprint),
        "reason": fields.reason or wording.SEVERAL_REASONS,
        "explanation": fields.explanation,
    }
    return [
        (label, wrapped(plain(text[field]), sheet.measure(VALUE_SIZE), sheet.value_width, 3))
        for field, label in wording.JOINT_LABELS.items()
        if text[field]
    ]


def _first_page(sheet: Sheet, fields: LetterFields, words: Wording, pages: int) -> None:
    sheet.heading(*words.title, str(LetterCode.of(fields.request_number, fields.fingerprint)), wording.QR_CAPTION)
    for chinese, english in words.statements:
        sheet.statement(chinese, english)
    sheet.gap(8)
    for field, lines in _rows(fields, sheet):
        sheet.row(*wording.LABELS[field], lines, VALUE_SIZE)
    sheet.signature(wording.SIGNATURE, wording.SEAL, wording.SEAL_HINT)
    _foot(sheet, fields.request_number, fields.prepared_on, 1, pages)


def _rows(fields: LetterFields, sheet: Sheet) -> list[tuple[str, list[str]]]:
    """Return each field and its lines, in the order of the table."""
    text = {
        "request_number": fields.request_number,
        "organisation": fields.organisation,
        "issuer": fields.issuer,
        "serial_number": groups(fields.serial_number),
        "fingerprint": groups(fields.fingerprint),
        "validity": validity(fields.not_before, fields.not_after),
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


def _foot(sheet: Sheet, request_number: str, prepared_on: date, page: int, pages: int) -> None:
    prepared = wording.PREPARED.format(date=prepared_on.isoformat())
    number = wording.PAGE.format(page=page, pages=pages)
    sheet.foot(f"{plain(request_number)[:64]}   {prepared}", number)
