"""Files that are two things at once (threat 7): to another program they are another file.

The pictures that people see are encoded anew and carry none of it. The original is kept as evidence, so it is refused
when it can be used as something else. The test is what such a file needs to work: a ZIP archive needs its directory, an
active page its script. A word such as ``<html>`` or ``%PDF-1.4`` in a title, a comment or a camera's notes is allowed.
"""

from __future__ import annotations

import re

from revocation.letters.refusals import FileRefused
from revocation.letters.structure import archive
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

Marks = tuple[tuple[str, re.Pattern[bytes]], ...]
"""Pairs: what the file would be, and the pattern that shows it."""

ANYWHERE: Marks = (
    (RAR, re.compile(rb"Rar!\x1a\x07")),
    (ARCHIVE, re.compile(rb"7z\xbc\xaf\x27\x1c")),
    (PHP, re.compile(rb"__HALT_COMPILER\s*\(\s*\)\s*;", re.IGNORECASE)),
    (TEST_VIRUS, re.compile(rb"\$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!\$H\+H\*")),
)
"""Programs search a whole file for these, and no text has them by chance."""

SCRIPT_SIZE = re.compile(rb"GIF8[79]a/\*|\xff\xd8\xff[\xe0-\xef]/\*")
"""A GIF's width, or a JPEG segment's length, that opens a comment in a browser that runs the file as JavaScript."""

INSIDE = rb"[\s/][^<>\x00]{0,500}?"
"""The inside of a tag, after its name. Browsers read a slash there as a space."""
DOES_SOMETHING: Marks = (
    (WEB_PAGE, re.compile(rb"<[a-z][a-z0-9-]{0,30}" + INSIDE + rb"\bon[a-z]{3,30}\s{0,9}=", re.IGNORECASE)),
    (WEB_PAGE, re.compile(rb"<[a-z]{1,30}" + INSIDE + rb"=\s{0,9}[\"']?\s{0,9}javascript:", re.IGNORECASE)),
    (WEB_PAGE, re.compile(rb"<meta" + INSIDE + rb"http-equiv\s{0,9}=\s{0,9}[\"']?refresh", re.IGNORECASE)),
    (WEB_PAGE, re.compile(rb"<(?:base|embed|i?frame|link|object)" + INSIDE + rb"\b(?:href|src|srcdoc|data)\s?=", re.I)),
    (WEB_PAGE, re.compile(rb"<style(?:" + INSIDE + rb")?>[^<\x00]{0,500}?(?:@import|url\()", re.IGNORECASE)),
    (SCRIPT, re.compile(rb"<script(?:" + INSIDE + rb")?>[^<\x00]{0,500}?[(=;]", re.IGNORECASE)),
    (SCRIPT, re.compile(rb"<script" + INSIDE + rb"\b(?:src|href)\s{0,9}=", re.IGNORECASE)),
    (SCRIPT, re.compile(rb"<%[=@!\s][\t\r\n\x20-;=-~]{2,500}?%>")),
)  # fmt: skip
"""Tags that run a program, load one or lead to another page, and code that web servers run."""

BEGINS_A_LINE = rb"|".join(rb"(?<=[\x00-\x1f]" + rb" " * blanks + rb"<)" for blanks in range(10))
"""What stands before a bracket that was just read. Looking back from the few brackets is quick."""

IN_A_PICTURE: Marks = (
    (PHP, re.compile(rb"<\?php\s|<\?=\s{0,9}[`$(\"'\w][\t\r\n\x20-;=-~]{2,500}?(?:;|\?>)", re.IGNORECASE)),
    *DOES_SOMETHING,
    (WEB_PAGE, re.compile(rb"<(?:" + BEGINS_A_LINE + rb")(?:!doctype|html)\b[^<>\x00]{0,500}>\s*<[a-z]", re.I)),
)
"""A program, an active page or a whole page, anywhere in a picture's bytes.

No pattern looks far ahead, so that the time grows only with the file: this runs before the child, which has limits.
None is so short that the points of a photograph match it by chance more often than once in ten thousand letters.
"""
PDF_HEADER = re.compile(rb"%PDF-")
GAP = rb"(?:[\x00\s]|%[^\r\n]{0,99}[\r\n])"
PDF_OBJECT = re.compile(rb"\d" + GAP + rb"{1,9}\d{1,9}" + GAP + rb"{0,9}obj\b")

BEHIND: Marks = (
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
    (DOCUMENT, re.compile(rb"\xd0\xcf\x11\xe0|%!PS|%PDF-|\{\\rtf")),
    (SCRIPT, re.compile(rb"(?=[\t\r\n\x20-\x7e]*[;{}<>=(])[\t\r\n\x20-\x7e]{8,}\Z")),
)
"""What the bytes after the end of a photograph must not begin with. Phones keep depth maps, films and notes there. None
of these is plain text with the signs of a program in it, which the last pattern refuses."""

BEGINNING: Marks = (
    (PROGRAM, re.compile(rb"MZ[\x00-\xff]{2}\x00|\x7fELF")),
    (PHP, re.compile(rb"<\?(?:php\b|=)", re.IGNORECASE)),
    (WEB_PAGE, re.compile(rb"<(?:html|!doctype\s+html|iframe|svg)\b", re.IGNORECASE)),
    (SCRIPT, re.compile(rb"<script\b|#!/", re.IGNORECASE)),
    (ARCHIVE, re.compile(rb"PK\x03\x04")),
    (DOCUMENT, re.compile(rb"\xd0\xcf\x11\xe0|%!PS|\{\\rtf")),
    (SECOND_PDF, re.compile(rb"%PDF-\d")),
)
"""How another file begins that is kept whole in a stream of a PDF."""
LONGEST_BEGINNING = 256

OUTSIDE: Marks = (
    (PHP, re.compile(rb"<\?(?:php|=)", re.IGNORECASE)),
    (WEB_PAGE, re.compile(rb"<(?:html|!doctype html|iframe|svg|body|head)\b", re.IGNORECASE)),
    (SCRIPT, re.compile(rb"<script|javascript:", re.IGNORECASE)),
    *DOES_SOMETHING,
)
"""What must not stand between the objects of a PDF, where no part of the document is."""

WHITE = b"\x00\t\n\x0b\x0c\r "


def check(data: bytes, kind: str) -> None:
    """Raise FileRefused("foreign_content") when `data`, of that kind, can be used as something else."""
    if SCRIPT_SIZE.match(data):
        raise FileRefused("foreign_content", foreign=SCRIPT)
    if archive.has_directory(data):
        raise FileRefused("foreign_content", foreign=ZIP)
    refuse_any(ANYWHERE, data)
    if kind != "pdf":  # the child checks the objects of a PDF
        refuse_any(IN_A_PICTURE, data)
        header = PDF_HEADER.search(data)
        if header and PDF_OBJECT.search(data, header.end()):
            raise FileRefused("foreign_content", foreign=PDF)


def check_behind(data: bytes, end: int) -> None:
    """Raise FileRefused("foreign_content") when another file begins after the `end` of the first one."""
    refuse_beginning(BEHIND, data[end:])


def refuse_beginning(marks: Marks, data: bytes) -> None:
    """Raise FileRefused("foreign_content") when `data` begins with one of `marks`, after any white space."""
    begun = data.lstrip(WHITE)
    for foreign, mark in marks:
        if mark.match(begun):
            raise FileRefused("foreign_content", foreign=foreign)


def refuse_any(marks: Marks, data: bytes) -> None:
    """Raise FileRefused("foreign_content") when one of `marks` is in `data`."""
    for foreign, mark in marks:
        if mark.search(data):
            raise FileRefused("foreign_content", foreign=foreign)
