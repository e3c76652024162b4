"""Reader and writer of DER (X.690), for bytes that the libraries refuse, or decode although they must stay as they are.

It is strict: definite lengths in their shortest form, no tag above 30. Nothing here is recursive, so no input is too
deep.
"""

from __future__ import annotations

from datetime import UTC, datetime

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL, OID, ENUMERATED = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0A
UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x17, 0x18, 0x30, 0x31
LONGEST_LENGTH = 4
"""Bytes of a length. Four are enough for the largest file that is read."""


LONGEST_OID = 128
"""Bytes. No identifier in use has half as many."""


class DerError(ValueError):
    """The bytes are not DER, or not of the expected type."""


def header(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Return the tag of the element at `at`, and where its content begins and ends. Raises DerError."""
    if at + 2 > end:
        raise DerError("cut off")
    tag, length, body = data[at], data[at + 1], at + 2
    if tag & 0x1F == 0x1F:
        raise DerError("high tag")
    if length > 0x7F:
        size = length & 0x7F
        if not 0 < size <= LONGEST_LENGTH or body + size > end:
            raise DerError("length")
        length, body = int.from_bytes(data[body : body + size]), body + size
        if length < 0x80 or length >> (8 * (size - 1)) == 0:
            raise DerError("length not minimal")
    if body + length > end:
        raise DerError("cut off")
    return tag, body, body + length


class Reader:
    """A reader of the elements between `at` and `end`, one after another. Its methods raise DerError."""

    __slots__ = ("at", "data", "end")

    def __init__(self, data: bytes, at: int = 0, end: int | None = None) -> None:
        self.data, self.at, self.end = data, at, len(data) if end is None else end

    def __bool__(self) -> bool:
        """Whether anything is left."""
        return self.at < self.end

    @property
    def tag(self) -> int:
        """The tag of the next element; 0 at the end."""
        return self.data[self.at] if self else 0

    def enter(self, tag: int) -> Reader:
        """Return a reader of the content of the next element, which must have this tag."""
        found, body, end = header(self.data, self.at, self.end)
        if found != tag:
            raise DerError(f"tag {found:#x} in place of {tag:#x}")
        self.at = end
        return Reader(self.data, body, end)

    def optional(self, tag: int) -> Reader | None:
        """Like `enter` if the next element has this tag, else None."""
        return self.enter(tag) if self.tag == tag else None

    def content(self, tag: int) -> bytes:
        return self.enter(tag).rest

    def element(self, tag: int | None = None) -> bytes:
        """Return the next element, tag and length included."""
        start = self.at
        self.enter(self.tag if tag is None else tag)
        return self.data[start : self.at]

    @property
    def rest(self) -> bytes:
        """The bytes that are left."""
        return self.data[self.at : self.end]

    def finish(self) -> None:
        """Require that nothing is left."""
        if self:
            raise DerError("bytes after the end")


def integer(content: bytes) -> int:
    if not content or (len(content) > 1 and content[0] in (0x00, 0xFF) and content[0] >> 7 == content[1] >> 7):
        raise DerError("integer not minimal")
    return int.from_bytes(content, signed=True)


def boolean(content: bytes) -> bool:
    if content not in (b"\x00", b"\xff"):
        raise DerError("boolean")
    return content == b"\xff"


def bits(content: bytes) -> bytes:
    """Return the bytes of a bit string of whole bytes, such as a signature or a key."""
    if content[:1] != b"\x00":
        raise DerError("bit string")
    return content[1:]


def named_bits(content: bytes) -> frozenset[int]:
    """Return the numbers of the bits that are set (RFC 5280 section 4.2.1.3)."""
    if not content or content[0] > 7:
        raise DerError("bit string")
    return frozenset(8 * i + bit for i, byte in enumerate(content[1:]) for bit in range(8) if byte & (0x80 >> bit))


def dotted(content: bytes) -> str:
    """Return an object identifier in dotted form."""
    if not content or len(content) > LONGEST_OID or content[-1] > 0x7F:
        raise DerError("object identifier")
    arcs, value = list[int](), 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if byte <= 0x7F:
            arcs.append(value)
            value = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


FORMS = {UTC_TIME: (13, 2), GENERALIZED_TIME: (15, 4)}
"""Tag -> length, and digits of the year (RFC 5280 section 4.1.2.5: with seconds, in UTC)."""
TURN_OF_CENTURY = 50


def instant(reader: Reader) -> datetime:
    """Read the next element, a UTCTime or GeneralizedTime."""
    tag = reader.tag
    if tag not in FORMS:
        raise DerError("time")
    return moment(tag, reader.content(tag))


def moment(tag: int, text: bytes) -> datetime:
    """Return what the content of a time says. `tag`: one of FORMS."""
    length, digits = FORMS[tag]
    if len(text) != length or not text[:-1].isdigit() or text[-1:] != b"Z":
        raise DerError("time")
    year = int(text[:digits])
    if digits == 2:
        year += 1900 if year >= TURN_OF_CENTURY else 2000
    month, day, hour, minute, second = [int(text[at : at + 2]) for at in range(digits, length - 1, 2)]
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError as odd:
        raise DerError("time") from odd


def encoded(tag: int, *contents: bytes) -> bytes:
    """Return an element with this tag and these contents."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes((tag, len(content))) + content
    size = (len(content).bit_length() + 7) // 8
    return bytes((tag, 0x80 | size)) + len(content).to_bytes(size) + content


def integer_content(value: int) -> bytes:
    """Return the content of an INTEGER in its shortest form, for negative numbers too."""
    bits_needed = (value if value >= 0 else ~value).bit_length() + 1
    return value.to_bytes((bits_needed + 7) // 8, signed=True)
