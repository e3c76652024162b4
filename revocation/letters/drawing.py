"""Drawing on an A4 sheet from top to bottom: heading, statements, table, signature and seal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, BinaryIO

import zxingcpp
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from revocation.letters.fonts import boxed
from revocation.letters.text import Measure, fitted, wrapped

WIDTH, HEIGHT = A4
LEFT, RIGHT = 22 * mm, WIDTH - 22 * mm
TOP, BOTTOM = HEIGHT - 20 * mm, 16 * mm
LABEL_WIDTH = 44 * mm
QR_SIDE = 27 * mm
SEAL_WIDTH, SIGNATURE_HEIGHT = 74 * mm, 50 * mm
SIGNATURE_BOTTOM = 24 * mm
"""The box for signature and seal stands at the same place on every letter."""
PADDING = 2.2 * mm
ROW_HEIGHT, ROW_LEADING = 30.0, 1.35

INK, GREY, RULE, SHADE = HexColor(0x1A1A1A), HexColor(0x5F6368), HexColor(0x9AA0A6), HexColor(0xF3F4F6)
TITLE_SIZE, ENGLISH_TITLE_SIZE, TEXT_SIZE, SMALL_SIZE = 20.0, 11.5, 10.5, 8.5
COLUMN_SIZE, COLUMN_LEADING = 8.5, 12.5
ENTRIES_IN_COLUMNS = 108
"""What fits on a page: two columns below a sub-heading, with room for a remark and the foot."""
ENTRY_INDENT, ENTRY_SIZE, ENTRY_LEADING = 8 * mm, 7.5, 12.0
ENTRY_WIDTH = RIGHT - LEFT - ENTRY_INDENT

Pair = tuple[str, str]
"""Chinese and English."""


def a4_canvas(target: BinaryIO, font: str) -> Canvas:
    """Make an empty document whose pages name no font but `font`. The same drawing gives the same bytes."""
    make: Any = Canvas  # its stubs declare the name of the font as a number
    document: Canvas = make(target, pagesize=A4, invariant=True, pageCompression=1, initialFontName=font)
    return document


class Sheet:
    """A canvas that knows where the next thing is drawn. Lengths are in points, from the bottom left."""

    def __init__(self, canvas: Any, font: str) -> None:
        self.canvas = canvas
        self.font = font
        self.y = TOP
        self.value_width = RIGHT - LEFT - LABEL_WIDTH - 2 * PADDING

    def measure(self, size: float) -> Measure:
        """Return a function that tells how wide a text of `size` is."""
        return lambda text: float(stringWidth(boxed(text), self.font, size))

    def gap(self, points: float) -> None:
        """Leave room: `points`."""
        self.y -= points

    def next_page(self) -> None:
        """Begin a page."""
        self.canvas.showPage()
        self.y = TOP

    def heading(self, chinese: str, english: str, qr_content: str, qr_caption: str) -> None:
        """Draw both titles at the left, the QR code at the right, and a rule below."""
        self._write(LEFT, self.y - 28, chinese, TITLE_SIZE)
        self._write(LEFT, self.y - 50, english, ENGLISH_TITLE_SIZE, GREY)
        self._qr_code(qr_content, RIGHT - QR_SIDE, self.y - QR_SIDE + 4)
        caption = self.measure(6.5)(qr_caption)
        self._write(RIGHT - (QR_SIDE + caption) / 2, self.y - QR_SIDE - 4, qr_caption, 6.5, GREY)
        self.y -= QR_SIDE + 12
        self._rule(self.y, 1.2)
        self.gap(8)

    def sub_heading(self, chinese: str, english: str) -> None:
        """Draw the title of a following page."""
        self._write(LEFT, self.y - 14, f"{chinese}  {english}", ENGLISH_TITLE_SIZE)
        self.y -= 24
        self._rule(self.y, 1.2)
        self.gap(6)

    def statement(self, chinese: str, english: str) -> None:
        """Draw a sentence in both languages, wrapped."""
        for text, size, colour in ((chinese, TEXT_SIZE, INK), (english, SMALL_SIZE, GREY)):
            for line in wrapped(text, self.measure(size), RIGHT - LEFT, 4):
                self.y -= size * 1.5
                self._write(LEFT, self.y, line, size, colour)
        self.gap(5)

    def row(self, chinese: str, english: str, lines: Sequence[str], size: float) -> None:
        """Draw a row of the table: its label at the left, the lines of its value at the right."""
        height = max(ROW_HEIGHT, len(lines) * size * ROW_LEADING + PADDING)
        bottom = self.y - height
        self.canvas.setFillColor(SHADE)
        self.canvas.rect(LEFT, bottom, LABEL_WIDTH, height, stroke=0, fill=1)
        self._box(LEFT, bottom, RIGHT - LEFT, height)
        self._write(LEFT + PADDING, self.y - 12, chinese, 9.5)
        self._write(LEFT + PADDING, self.y - 23, english, 7.5, GREY)
        first = self.y - (12 if len(lines) > 1 else ROW_HEIGHT / 2 + 3)
        for number, line in enumerate(lines):
            self._write(LEFT + LABEL_WIDTH + PADDING, first - number * size * ROW_LEADING, line, size)
        self.y = bottom

    def signature(self, lines: Sequence[Pair], seal: Pair, hint: Pair) -> None:
        """Draw the lines to write on and the box for the seal, above the foot of the page."""
        top, seal_left = SIGNATURE_BOTTOM + SIGNATURE_HEIGHT, RIGHT - SEAL_WIDTH
        step = SIGNATURE_HEIGHT / len(lines)
        for number, (chinese, english) in enumerate(lines):
            base = top - (number + 1) * step + 5
            self._write(LEFT, base + 9, chinese, 9.5)
            self._write(LEFT, base, english, 7, GREY)
            self._rule(base - 2, 0.6, LEFT + 27 * mm, seal_left - 8 * mm)
        self.canvas.setDash(3, 2)
        self._box(seal_left, SIGNATURE_BOTTOM, SEAL_WIDTH, SIGNATURE_HEIGHT)
        self.canvas.setDash()
        self._write(seal_left + PADDING, top - 13, "  ".join(seal), 9.5)
        self._write(seal_left + PADDING, SIGNATURE_BOTTOM + 6, "  ".join(hint), 7, RULE)

    def columns(self, entries: Sequence[str]) -> None:
        """Draw up to `ENTRIES_IN_COLUMNS` entries in two columns, each cut to one line."""
        width = (RIGHT - LEFT) / 2
        for number, entry in enumerate(entries):
            column, line = divmod(number, ENTRIES_IN_COLUMNS // 2)
            text = fitted(entry, self.measure(COLUMN_SIZE), width - 10)
            self._write(LEFT + column * width, self.y - (line + 1) * COLUMN_LEADING, text, COLUMN_SIZE)
        self.y -= min(ENTRIES_IN_COLUMNS // 2, len(entries)) * COLUMN_LEADING

    def entry(self, number: str, title: str, lines: Sequence[str]) -> None:
        """Draw one entry of a list: its number, a title and small lines below it, each cut to one line."""
        left = LEFT + ENTRY_INDENT
        self.y -= ENTRY_LEADING
        self._write(LEFT, self.y, number, TEXT_SIZE - 1, GREY)
        self._write(left, self.y, fitted(title, self.measure(TEXT_SIZE - 1), ENTRY_WIDTH), TEXT_SIZE - 1)
        for line in lines:
            self.y -= ENTRY_LEADING - 1
            self._write(left, self.y, fitted(line, self.measure(ENTRY_SIZE), ENTRY_WIDTH), ENTRY_SIZE)
        self.gap(5)
        self._rule(self.y, 0.4)
        self.gap(1)

    def note(self, text: str) -> None:
        """Draw a line of remark."""
        self.gap(14)
        self._write(LEFT, self.y, text, SMALL_SIZE, GREY)

    def foot(self, left: str, right: str) -> None:
        """Draw the foot of a page: a rule, and a text at each side."""
        self._rule(BOTTOM, 0.5)
        self._write(LEFT, BOTTOM - 10, left, 7.5, GREY)
        self._write(RIGHT - self.measure(7.5)(right), BOTTOM - 10, right, 7.5, GREY)

    def _write(self, x: float, y: float, text: str, size: float, colour: Any = INK) -> None:
        self.canvas.setFillColor(colour)
        self.canvas.setFont(self.font, size)
        self.canvas.drawString(x, y, boxed(text))

    def _rule(self, y: float, width: float, start: float = LEFT, end: float = RIGHT) -> None:
        self.canvas.setStrokeColor(RULE)
        self.canvas.setLineWidth(width)
        self.canvas.line(start, y, end, y)

    def _box(self, x: float, y: float, width: float, height: float) -> None:
        self.canvas.setStrokeColor(RULE)
        self.canvas.setLineWidth(0.6)
        self.canvas.rect(x, y, width, height)

    def _qr_code(self, content: str, x: float, y: float) -> None:
        """Draw the dark modules as one path, with neighbours in a row joined.

        Reportlab's own renderer would name a font that is not embedded, and its encoder takes forty times as long.
        """
        rows = qr_modules(content)
        side = QR_SIDE / (len(rows) + 2)  # a quiet zone of one module; the paper around it is white
        path = self.canvas.beginPath()
        for row, modules in enumerate(rows):
            for start, length in _runs(modules):
                path.rect(x + (start + 1) * side, y + QR_SIDE - (row + 2) * side, length * side, side)
        self.canvas.setFillColor(INK)
        self.canvas.drawPath(path, stroke=0, fill=1)


def qr_modules(content: str) -> list[list[bool]]:
    """Return the rows of the QR code's modules, True where dark, without a quiet zone. Error correction: M (15 %)."""
    code = zxingcpp.create_barcode(content, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    pixels: Any = memoryview(code.to_image(scale=1, add_quiet_zones=False)).tolist()  # type: ignore[arg-type]
    return [[pixel == 0 for pixel in row] for row in pixels]


def _runs(modules: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Yield where each run of dark modules begins, and its length."""
    start = 0
    for dark, group in groupby(modules):
        length = len(list(group))
        if dark:
            yield start, length
        start += length
