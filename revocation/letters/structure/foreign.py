"""Files that are two things at once (threat 7): marks of another format that no letter contains.

The pictures that people see are encoded anew and carry none of it; the original, which is kept as evidence,
is refused when it would be something else to another program.
"""

from __future__ import annotations

import re

from revocation.letters.refusals import Refused
from revocation.marking import gettext_noop

ZIP = gettext_noop("a ZIP archive")
RAR = gettext_noop("a RAR archive")
ARCHIVE = gettext_noop("an archive")
WEB_PAGE = gettext_noop("a web page")
SCRIPT = gettext_noop("a script")
PROGRAM = gettext_noop("a program")
PICTURE = gettext_noop("another picture")
DOCUMENT = gettext_noop("another document")
PHP = gettext_noop("a PHP program")
TEST_VIRUS = gettext_noop("the test virus of EICAR")
PDF = gettext_noop("a PDF")
SECOND_PDF = gettext_noop("a second PDF document")

ANYWHERE: tuple[tuple[str, tuple[bytes, ...]], ...] = (
    (ZIP, (b"pk\x03\x04", b"pk\x05\x06")),
    (RAR, (b"rar!\x1a\x07",)),
    (ARCHIVE, (b"7z\xbc\xaf\x27\x1c",)),
    (PHP, (b"<?php",)),
    (PHP, (b"__halt_compiler",)),
    (WEB_PAGE, (b"<html",)),
    (WEB_PAGE, (b"<!doctype html",)),
    (WEB_PAGE, (b"<iframe",)),
    (WEB_PAGE, (b"<svg xmlns",)),
    (SCRIPT, (b"<script",)),
    (SCRIPT, (b"javascript:",)),
    (TEST_VIRUS, (b"eicar-standard-antivirus-test-file",)),
)
"""What it is, and the marks that must all be present. In lower case: some of the readers fold case. None so short that
compressed data would contain it by chance more often than once in fifty thousand letters."""

PDF_MARK = b"%pdf-"

SCRIPT_SIZE = re.compile(rb"GIF8[79]a/\*|\xff\xd8\xff[\xe0-\xef]/\*")
"""A width, or a segment's length, that opens a comment for a browser that takes the file as JavaScript."""

BEHIND: tuple[tuple[str, re.Pattern[bytes]], ...] = (
    (
        PROGRAM,
        re.compile(
            rb"MZ|\x7fELF|\xca\xfe\xba\xbe|\xcf\xfa\xed\xfe|\x00asm|[FC]WS[\x01-\x20]|L\x00\x00\x00\x01\x14\x02"
        ),
    ),
    (SCRIPT, re.compile(rb"#!|<[%?]|\*/|/\*")),
    (WEB_PAGE, re.compile(rb"<[a-z!/]", re.IGNORECASE)),
    (ARCHIVE, re.compile(rb"PK[\x03\x05]|\x1f\x8b\x08|BZh\d1AY|\xfd7zXZ|MSCF|.{257}ustar|.{32769}CD001", re.DOTALL)),
    (PICTURE, re.compile(rb"GIF8[79]a|\x89PNG|II\*\x00|MM\x00\*|RIFF....WEBP", re.DOTALL)),
    (DOCUMENT, re.compile(rb"\xd0\xcf\x11\xe0|%!PS|\{\\rtf")),
    (SCRIPT, re.compile(rb"(?=[\t\r\n\x20-\x7e]*[;{}<>=(])[\t\r\n\x20-\x7e]{8,}\Z")),
)
"""What the bytes behind the end of a photograph must not begin with. Phones keep depth maps, films and notes there;
text alone, with the signs of a program in it, is none of these."""


def check(data: bytes) -> None:
    """Raise Refused("foreign_content") when a mark of another format is in `data`."""
    if SCRIPT_SIZE.match(data):
        raise Refused("foreign_content", foreign=SCRIPT)
    folded = data.lower()
    for foreign, marks in ANYWHERE:
        if all(mark in folded for mark in marks):
            raise Refused("foreign_content", foreign=foreign)
    if folded.find(PDF_MARK, 1) != -1:
        raise Refused("foreign_content", foreign=SECOND_PDF if folded[:5] == PDF_MARK else PDF)


def check_behind(data: bytes, end: int) -> None:
    """Raise Refused("foreign_content") when another file begins behind the `end` of the first one."""
    tail = data[end:].lstrip(b"\x00\r\n\t ")
    for foreign, beginning in BEHIND:
        if beginning.match(tail):
            raise Refused("foreign_content", foreign=foreign)
