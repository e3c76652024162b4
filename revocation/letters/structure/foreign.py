"""Files that are two things at once (threat 7): marks of another format that no letter contains.

The pictures that people see are encoded anew and carry none of it; the original, which is kept as evidence,
is refused when it would be something else to another program.
"""

from __future__ import annotations

from revocation.letters.refusals import Refused

FOREIGN: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    ("a ZIP archive", (b"pk\x03\x04", b"pk\x05\x06")),
    ("a RAR archive", (b"rar!\x1a\x07",)),
    ("a 7z archive", (b"7z\xbc\xaf\x27\x1c",)),
    ("a PHP program", (b"<?php",)),
    ("a web page", (b"<html",)),
    ("a web page", (b"<!doctype html",)),
    ("a script", (b"<script",)),
)
"""What it is, and the marks that must all be present. In lower case: some of the readers fold case."""

PDF_MARK = b"%pdf-"


def check(data: bytes) -> None:
    """Raise Refused("foreign_content") when a mark of another format is in `data`."""
    folded = data.lower()
    for foreign, marks in FOREIGN:
        if all(mark in folded for mark in marks):
            raise Refused("foreign_content", foreign=foreign)
    if folded.find(PDF_MARK, 1) != -1:
        raise Refused("foreign_content", foreign="a second PDF document" if folded[:5] == PDF_MARK else "a PDF")
