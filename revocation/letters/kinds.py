"""The table of file kinds a letter may have, and which one a file claims to be (rules F2, F4, F7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from revocation.marking import gettext_noop


@dataclass(frozen=True)
class FileKind:
    """`code`: our short name. `magic`: what the first bytes match. `extensions`: no dot, lower case."""

    code: str
    people_name: str
    media_type: str
    magic: re.Pattern[bytes]
    extensions: frozenset[str]


KINDS: tuple[FileKind, ...] = (
    FileKind("jpg", "JPG", "image/jpeg", re.compile(rb"\xff\xd8\xff"), frozenset({"jpg", "jpeg"})),
    FileKind("png", "PNG", "image/png", re.compile(rb"\x89PNG\r\n\x1a\n"), frozenset({"png"})),
    FileKind("gif", "GIF", "image/gif", re.compile(rb"GIF8[79]a"), frozenset({"gif"})),
    FileKind("pdf", "PDF", "application/pdf", re.compile(rb"%PDF-[12]\.\d"), frozenset({"pdf"})),
)
BY_CODE = {kind.code: kind for kind in KINDS}
BY_EXTENSION = {extension: kind for kind in KINDS for extension in kind.extensions}

APPLICATION_KINDS = frozenset({"jpg", "gif", "pdf"})
"""What route F2 accepts."""
CONFIRMATION_KINDS = frozenset({"jpg", "png", "pdf"})
"""What route F4 accepts."""

RUNNABLE_EXTENSIONS = frozenset({"exe", "scr", "bat", "cmd", "msi", "php", "html", "htm", "svg", "js", "hta"})
"""Refused before the last extension of a name. `com` is not among them: example.com.pdf is a good name."""

UNKNOWN = gettext_noop("a file of an unknown kind")
KNOWN_STRANGERS: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"PK\x03\x04"), gettext_noop("a ZIP archive or an Office document")),
    (re.compile(rb"\xd0\xcf\x11\xe0"), gettext_noop("an old Office document")),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), gettext_noop("a WebP picture")),
    (re.compile(rb"....ftyp(heic|heix|mif1|msf1|avif)", re.DOTALL), gettext_noop("a HEIC or AVIF picture")),
    (re.compile(rb"....ftyp", re.DOTALL), gettext_noop("a video")),
    (re.compile(rb"II\*\x00|MM\x00\*"), gettext_noop("a TIFF picture")),
    (re.compile(rb"BM....\x00\x00\x00\x00", re.DOTALL), gettext_noop("a BMP picture")),
    (re.compile(rb"MZ|\x7fELF"), gettext_noop("a program")),
    (re.compile(rb"%!PS"), gettext_noop("a PostScript document")),
    (re.compile(rb"\{\\rtf"), gettext_noop("an RTF document")),
    (re.compile(rb"\s*<(!doctype html|html|\?php|script)", re.IGNORECASE), gettext_noop("a web page")),
    (re.compile(rb"(\xef\xbb\xbf)?\s*<(\?xml|svg)", re.IGNORECASE), gettext_noop("an XML or SVG document")),
    (re.compile(rb".{1,1024}?%PDF-", re.DOTALL), gettext_noop("a PDF with something else before its beginning")),
    (re.compile(rb"[\t\r\n\x20-\x7e]{256}"), gettext_noop("a text")),
)
"""What people upload by mistake, in words, so that the refusal can name it. All of it is refused."""


def kind_of_content(data: bytes) -> FileKind | None:
    """The kind whose magic bytes stand at the very beginning, or None."""
    return next((kind for kind in KINDS if kind.magic.match(data)), None)


def stranger_in_words(data: bytes) -> str:
    """Say in words what a file of none of our kinds seems to be."""
    return next((words for magic, words in KNOWN_STRANGERS if magic.match(data)), UNKNOWN)


def extensions_of(file_name: str) -> list[str]:
    """The dotted parts after the first, lower case: ``Letter.V2.PDF`` -> ``["v2", "pdf"]``."""
    return file_name.lower().split(".")[1:]


def names_of(accepted: frozenset[str]) -> list[str]:
    """Return the names for people: ``{"jpg", "gif", "pdf"}`` -> JPG, GIF, PDF, in the order of the table."""
    return [kind.people_name for kind in KINDS if kind.code in accepted]
