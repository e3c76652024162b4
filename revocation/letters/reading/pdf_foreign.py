"""Other files inside a PDF (threat 7): between its objects, or whole in one of its streams."""

from __future__ import annotations

import re

from revocation.letters.reading.pdf_objects import Objects
from revocation.letters.refusals import FileRefused
from revocation.letters.structure import foreign

HEADER = re.compile(rb"%PDF-\d")
LAST_TABLE = re.compile(rb"startxref[\x00\t\n\x0c\r ]+(\d{1,10})[\x00\t\n\x0c\r ]+%%EOF")
TABLE = re.compile(rb"[\x00\t\n\x0c\r ]*(?:xref|\d+[\x00\t\n\x0c\r ]+\d+[\x00\t\n\x0c\r ]+obj)\b")


def check_foreign(objects: Objects, data: bytes) -> None:
    """Raise FileRefused("foreign_content") when there is one."""
    for found in objects.found:
        if found.content is not None:
            beginning = data[found.content : min(found.end, found.content + foreign.LONGEST_BEGINNING)]
            foreign.refuse_beginning(foreign.BEGINNING, beginning)
    headers = []
    for start, end in objects.outside:
        foreign.refuse_any(foreign.OUTSIDE, data[start:end])
        headers += [header.start() for header in HEADER.finditer(data, start, end)]
    if len(headers) > 1 and not _is_continued(data, headers[-1]):
        raise FileRefused("foreign_content", foreign=foreign.SECOND_PDF)


def _is_continued(data: bytes, header: int) -> bool:
    """Return whether the last table is after the last header, counted from the beginning of the file.

    This is so when a program that saves again repeats its header (Pillow does). In a document that was put after
    another, the place of the table is counted from the beginning of the second one.
    """
    tables = LAST_TABLE.findall(data)
    last = int(tables[-1]) if tables else 0
    return header < last < len(data) and bool(TABLE.match(data, last))
