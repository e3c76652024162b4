"""Every object that is written anywhere in a PDF, even if none of its tables names it.

So earlier revisions (ISO 32000-2 section 7.5.6) are among them, and what a viewer finds when it repairs the tables.
Object streams (section 7.5.7) are opened.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    EncodedStreamObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
)

from revocation.letters.limits import Limits
from revocation.letters.reading.pdf_syntax import (
    Entries,
    Name,
    Read,
    Reference,
    Value,
    is_number,
    read_value,
    within,
)
from revocation.letters.refusals import FileRefused

BETWEEN = rb"(?:[\x00\t\n\x0c\r ]|%[^\r\n]*[\r\n])"
"""White space and comments, which viewers skip."""
FIGURE = rb"[0-9.+-]++"
BEGINNING = re.compile(
    rb"[0-9.+t-](?:(?<=t)railer(?="
    + BETWEEN
    + rb"*+<<)|(?<!t)(?<![0-9.+-]{2})([0-9.+-]*+)"
    + BETWEEN
    + rb"++"
    + FIGURE
    + BETWEEN
    + rb"*+obj)"
)
"""The beginning of a trailer's dictionary, or of a numbered object, as loosely as viewers read it. Its group ends where
the number ends. A pattern that begins with one set of bytes is quick."""
STREAM = re.compile(BETWEEN + rb"*+stream[\t ]*(?:\r\n|\n|\r)?")
END_OF_STREAM = re.compile(rb"[\x00\t\n\x0c\r ]*endstream")
END_OF_OBJECT = re.compile(BETWEEN + rb"*+endobj")
REVISIONS = 4
"""All revisions together may have this many times the objects that one may have."""


@dataclass(frozen=True, slots=True)
class Found:
    """An object. Its bytes are `start` to `end`, and those of its stream, if any, `content` to `end`.

    `unread`: what could not be read as an object, usually nothing.
    """

    number: int | None
    value: Value
    start: int
    end: int
    content: int | None = None
    unread: bytes = b""


@dataclass
class Objects:
    """The objects of a file. `outside`: the ranges of bytes between them."""

    found: list[Found] = field(default_factory=list)
    outside: list[tuple[int, int]] = field(default_factory=list)
    numbered: dict[int, list[Value]] = field(default_factory=lambda: defaultdict(list))
    referrers: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, found: Found) -> None:
        self.found.append(found)
        if found.number is not None:
            self.numbered[found.number].append(found.value)
        for key, value in within(found.value):
            if isinstance(value, Reference):
                self.referrers[value.number].add(key)

    def meant(self, value: Value) -> list[Value]:
        """Return what `value` stands for: itself, or for a reference each object that ever had its number."""
        pending, seen = [value], set()
        meant: list[Value] = []
        while pending:
            one = pending.pop()
            if not isinstance(one, Reference):
                meant.append(one)
            elif one.number not in seen:
                seen.add(one.number)
                pending += self.numbered.get(one.number, [])
        return meant

    def figures(self, entries: Entries, key: str) -> set[int]:
        """Return the whole numbers under `key`."""
        values = [end for value in entries.values(key) for end in self.meant(value)]
        return {int(value) for value in values if isinstance(value, bytes) and is_number(value)}


def objects_in(data: bytes, limits: Limits) -> Objects:
    """Read all objects. Raises FileRefused: "pdf_too_many_objects", "unreadable" for a broken object stream."""
    objects, covered = Objects(), 0
    most = REVISIONS * limits.max_pdf_objects
    for beginning in BEGINNING.finditer(data):
        if len(objects.found) > most:
            raise _too_many(len(objects.found), limits)
        found = _object_at(data, beginning)
        objects.add(found)
        if found.start > covered:
            objects.outside.append((covered, found.start))
        covered = max(covered, found.end)
    # Only once all are known: the entries of an object stream may refer to other objects.
    for inner in [inner for found in objects.found for inner in _in_object_stream(found, data, objects)]:
        objects.add(inner)
    objects.outside.append((covered, len(data)))
    if len(objects.numbered) > limits.max_pdf_objects:
        raise _too_many(len(objects.numbered), limits)
    return objects


def _too_many(count: int, limits: Limits) -> FileRefused:
    return FileRefused("pdf_too_many_objects", objects=count, max_objects=limits.max_pdf_objects)


def _object_at(data: bytes, beginning: re.Match[bytes]) -> Found:
    read = read_value(data, beginning.end())
    number = _number_at(data, beginning)
    unread = b"" if read.clean else data[beginning.end() : _end_of_unread(data, read)]
    if isinstance(read.value, Entries) and (opening := STREAM.match(data, read.end)):
        read.value.stream = True
        end = _end_of_content(data, opening.end(), read.value)
        return Found(number, read.value, beginning.start(), end, opening.end(), unread)
    ending = END_OF_OBJECT.match(data, read.end)
    return Found(number, read.value, beginning.start(), ending.end() if ending else read.end, None, unread)


def _number_at(data: bytes, beginning: re.Match[bytes]) -> int | None:
    figure = data[beginning.start() : max(beginning.end(1), beginning.start())]
    return int(figure) if is_number(figure) else None


def _end_of_unread(data: bytes, read: Read) -> int:
    """Return up to where another program may read a broken object."""
    return max(read.end, data.find(b"endobj", read.end))


def _end_of_content(data: bytes, start: int, entries: Entries) -> int:
    """Return where a stream ends: at its /Length if `endstream` is there, else at the next `endstream`."""
    for length in entries.values("/Length"):
        if isinstance(length, bytes) and is_number(length):
            end = start + int(length)
            if END_OF_STREAM.match(data, end):
                return end
    end = data.find(b"endstream", start)
    return len(data) if end == -1 else end


def _in_object_stream(found: Found, data: bytes, objects: Objects) -> Iterator[Found]:
    """Yield the objects in an object stream; nothing for any other object."""
    entries = found.value
    if not isinstance(entries, Entries) or found.content is None:
        return
    types = [end for value in entries.values("/Type") for end in objects.meant(value)]
    if "/ObjStm" not in types and not {"/First", "/N"} <= entries.names:
        return
    text = _unpacked(entries, data, found.content, found.end)
    for first in objects.figures(entries, "/First"):
        yield from _numbered_in(text, first, found)


def _numbered_in(text: bytes, first: int, stream: Found) -> Iterator[Found]:
    figures = [int(word) for word in text[:first].split() if is_number(word)]
    for number, offset in zip(figures[::2], figures[1::2], strict=False):
        read = read_value(text, first + offset)
        unread = b"" if read.clean else text[first + offset : read.end]
        yield Found(number, read.value, stream.start, stream.end, None, unread)


def _unpacked(entries: Entries, data: bytes, start: int, end: int) -> bytes:
    """Unpack the stream from `start` to `end`. Where its length is not sure, the packed data tell the end."""
    content = data[start : end if entries.values("/Length") == [b"%d" % (end - start)] else None]
    if "/Filter" not in entries.names:
        return content
    packed = EncodedStreamObject()
    packed._data = content
    for key in ("/Filter", "/DecodeParms"):
        for value in entries.values(key):
            packed[NameObject(key)] = _as_pypdf(value)
    try:
        return packed.get_data()
    except Exception as error:  # a decoder may raise anything for data of another form
        raise FileRefused("unreadable") from error


def _as_pypdf(value: Value) -> PdfObject:
    if isinstance(value, Name):
        return NameObject(value)
    if isinstance(value, list):
        return ArrayObject([_as_pypdf(member) for member in value])
    if isinstance(value, Entries):
        return DictionaryObject({NameObject(key): _as_pypdf(member) for key, member in value.pairs})
    return NumberObject(value) if isinstance(value, bytes) and is_number(value) else NullObject()
