"""A tolerant reader of the notation of PDF objects (ISO 32000-2 section 7.3). It follows no references.

A viewer may repair what is broken, so nothing here raises. A value that is not well formed is marked as such, and every
entry of a dictionary is kept, even when its key comes twice.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

WHITE = b"\x00\t\n\x0c\r "
TOKEN = re.compile(
    rb"(?:[\x00\t\n\x0c\r ]++|%[^\r\n]*+)*+"
    rb"(<<|>>|[\[\]()]|<[^>]*>|/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*|[^\x00\t\n\x0c\r ()<>\[\]{}/%]+|.)",
    re.DOTALL,
)
ESCAPED_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
BRACKET = re.compile(rb"[()\\]")
ESCAPED_TEXT = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
ESCAPES = {
    b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b"",
}  # fmt: skip
NOT_HEXADECIMAL = re.compile(rb"[^0-9A-Fa-f]")
BYTE_ORDER_MARKS = {b"\xfe\xff": "utf-16-be", b"\xff\xfe": "utf-16-le", b"\xef\xbb\xbf": "utf-8"}
ENDS = frozenset({b"endobj", b"endstream", b"stream", b"obj", b"xref", b"startxref", b"trailer"})
"""Words that end an object; inside a list or dictionary they mean that its end is missing."""
LONGEST_NUMBER = 10
"""Digits of an object's number."""


class Name(str):
    """A name with its slash, escapes undone: ``/#4aavaScript`` is ``/JavaScript``."""

    __slots__ = ()


class Text(str):
    """A string, decoded as PDF text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Reference:
    number: int


@dataclass(slots=True)
class Entries:
    """A dictionary, with every entry in its order; `stream`: data follow it."""

    pairs: list[tuple[str, Value]] = field(default_factory=list)
    stream: bool = False

    def values(self, key: str) -> list[Value]:
        """Return what stands under `key`: nothing, one value, or several, of which a viewer may use any."""
        return [value for name, value in self.pairs if name == key]

    @property
    def names(self) -> set[str]:
        """Its keys."""
        return {name for name, _value in self.pairs}


Value = Name | Text | Reference | Entries | list["Value"] | bytes | None
"""`bytes`: a number or another word."""


@dataclass(frozen=True, slots=True)
class Read:
    """A value, where it ends, and whether it was well formed."""

    value: Value
    end: int
    clean: bool


def read_value(data: bytes, position: int) -> Read:
    """Read one value from `position`; a reference counts as one."""
    return _Reader(data, position).read()


class _Reader:
    """A reader without recursion: lists may be nested as deep as a file is long."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data, self.position, self.clean = data, position, True
        self.open: list[tuple[bytes, list[Value]]] = [(b"", [])]

    def read(self) -> Read:
        while token := TOKEN.match(self.data, self.position):
            if token[1] in ENDS:
                break
            self.position = token.end()
            self._take(token[1])
            if len(self.open) == 1 and self._is_whole():
                return self._result()
        self.clean = self.clean and len(self.open) == 1
        while len(self.open) > 1:
            self._close(self.open[-1][0])
        return self._result()

    def _is_whole(self) -> bool:
        """Return whether the outermost value is complete. A number that begins a reference becomes the reference."""
        items = self.open[0][1]
        first = items[0] if items else None
        if isinstance(first, bytes) and is_number(first):
            reference = REST_OF_REFERENCE.match(self.data, self.position)
            if reference:
                items[0], self.position = Reference(int(first)), reference.end()
        return bool(items)

    def _result(self) -> Read:
        items = self.open[0][1]
        return Read(items[0] if items else None, self.position, self.clean and bool(items))

    def _take(self, token: bytes) -> None:
        first, items = token[:1], self.open[-1][1]
        if token in (b"<<", b"["):
            self.open.append((token, []))
        elif token in (b">>", b"]"):
            self._close(b"<<" if token == b">>" else b"[")
        elif first == b"/":
            items.append(Name(name_of(token)))
        elif first == b"(":
            items.append(self._literal())
        elif first == b"<":
            items.append(_hexadecimal(token))
            self.clean = self.clean and len(token) > 1
        elif token == b"R" and (number := _reference(items)) is not None:
            items[-2:] = [Reference(number)]
        else:
            items.append(token)
            self.clean = self.clean and first not in b")>{}"

    def _close(self, opening: bytes) -> None:
        if len(self.open) == 1 or self.open[-1][0] != opening:
            self.clean = False
            return
        items = self.open.pop()[1]
        self.open[-1][1].append(self._entries(items) if opening == b"<<" else items)

    def _entries(self, items: list[Value]) -> Entries:
        """Pair each name with the value after it. Anything else is dropped and marked as not well formed."""
        entries, position = Entries(), 0
        while position < len(items):
            key = items[position]
            if isinstance(key, Name) and position + 1 < len(items):
                entries.pairs.append((str(key), items[position + 1]))
                position += 2
            else:
                self.clean, position = False, position + 1
        return entries

    def _literal(self) -> Text:
        """The string whose opening bracket has been read, up to the bracket that closes it."""
        start, depth = self.position, 1
        while depth:
            found = BRACKET.search(self.data, self.position)
            if not found:
                self.clean, self.position = False, len(self.data)
                return text_of(ESCAPED_TEXT.sub(_unescaped, self.data[start:]))
            self.position = found.end() + (found[0] == b"\\")
            depth += {b"(": 1, b")": -1}.get(found[0], 0)
        return text_of(ESCAPED_TEXT.sub(_unescaped, self.data[start : self.position - 1]))


REST_OF_REFERENCE = re.compile(rb"[\x00\t\n\x0c\r ]+\d+[\x00\t\n\x0c\r ]+R(?![^\x00\t\n\x0c\r ()<>\[\]{}/%])")


def is_number(word: bytes) -> bool:
    """Return whether `word` is a whole number that can be an object's."""
    return word.isdigit() and len(word) <= LONGEST_NUMBER


def _reference(items: list[Value]) -> int | None:
    """Return the object's number when the last two of `items` are a number and a generation, else None."""
    last = [item for item in items[-2:] if isinstance(item, bytes) and is_number(item)]
    return int(last[0]) if len(last) == 2 else None


def name_of(token: bytes) -> str:
    """Decode a name: ``/#4aS`` -> ``/JS``."""
    return ESCAPED_NAME.sub(lambda escape: bytes([int(escape[1], 16)]), token).decode("latin-1")


def _unescaped(escape: re.Match[bytes]) -> bytes:
    code = escape[1]
    return bytes([int(code, 8) & 0xFF]) if code.isdigit() and code[0] < ord("8") else ESCAPES.get(code, code)


def _hexadecimal(token: bytes) -> Text:
    digits = NOT_HEXADECIMAL.sub(b"", token)
    return text_of(binascii.unhexlify(digits + b"0" * (len(digits) % 2)))


def text_of(written: bytes) -> Text:
    """Decode a string by its byte order mark; without one, each byte is a character."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if written.startswith(mark):
            return Text(written[len(mark) :].decode(encoding, "replace"))
    return Text(written.decode("latin-1"))


def within(root: Value, key: str = "") -> Iterator[tuple[str, Value]]:
    """Yield `root` and all that lies in it, each with the key that it stands under (a list's members: the list's)."""
    pending = [(key, root)]
    while pending:
        under, value = pending.pop()
        yield under, value
        if isinstance(value, list):
            pending.extend((under, member) for member in value)
        elif isinstance(value, Entries):
            pending.extend(value.pairs)
