"""Comparison of distinguished names (RFC 5280 section 7.1): case and spaces of text do not count.

Only ASCII letters are folded, as in OpenSSL. So names that OpenSSL tells apart are never equal here.
"""

from __future__ import annotations

from collections.abc import Iterator

from revocation.pki import strict_der as der
from revocation.pki.strict_der import DerError, Reader

ENCODINGS = {
    0x0C: "utf-8",
    0x13: "ascii",
    0x14: "latin-1",
    0x16: "ascii",
    0x1A: "ascii",
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
"""Tag of a string type -> the encoding of its text."""
LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
SPACES = " \t\n\v\f\r"


def same_name(one: bytes, other: bytes) -> bool:
    """Whether two names are the same. Both are whole Name elements. Raises DerError."""
    return one == other or list(_folded(one)) == list(_folded(other))


def _folded(name: bytes) -> Iterator[frozenset[tuple[bytes, str | bytes]]]:
    relative = Reader(name).enter(der.SEQUENCE)
    while relative:
        yield frozenset(_attributes(relative.enter(der.SET)))


def _attributes(attributes: Reader) -> Iterator[tuple[bytes, str | bytes]]:
    while attributes:
        pair = attributes.enter(der.SEQUENCE)
        oid = pair.content(der.OID)
        yield oid, _text(pair.tag, pair.rest)


def _text(tag: int, element: bytes) -> str | bytes:
    if tag not in ENCODINGS:
        return element
    try:
        text = Reader(element).content(tag).decode(ENCODINGS[tag])
    except UnicodeDecodeError as odd:
        raise DerError("text of a name") from odd
    for space in SPACES:
        text = text.replace(space, " ")
    return " ".join(part for part in text.split(" ") if part).translate(LOWER)
