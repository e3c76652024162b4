"""PEM blocks (RFC 7468) from a file of any length, of which one piece is in memory at a time.

An incomplete block is reported and not skipped: a file that was cut off must not count as complete.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

CHUNK = 64 * 1024
LARGEST_BLOCK = 4 * 1024 * 1024
"""Bytes of text that are kept between two marks."""
LABEL = rb"([A-Z0-9 #]{1,60})"
MARK = re.compile(rb"-----(BEGIN|END) " + LABEL + rb"-----")
LONGEST_MARK = 5 + 6 + 60 + 5
BEGINNING = b"-----BEGIN "
ENCODINGS = (
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"-\x00", "utf-16-le"),
    (b"\x00-", "utf-16-be"),
)
"""First bytes of a file -> its encoding: UTF-16 as some editors save it, with and without a byte-order mark."""


class Block(NamedTuple):
    """A PEM block. `line`: where it begins, counted from 1. `problem`: "" or a code of `unreadable.MESSAGES`.

    With a problem, `body` is empty.
    """

    label: bytes
    body: bytes
    line: int
    problem: str = ""


class _Mark(NamedTuple):
    """A mark in the file. `kind`: BEGIN, END, or empty at the end of the file. `text`: what stands before the mark.

    Before a BEGIN or END, `text` is None if it is longer than LARGEST_BLOCK.
    """

    kind: bytes
    label: bytes
    text: bytes | None
    line: int


def text_chunks(source: BinaryIO) -> Iterator[bytes]:
    """Yield the file from its beginning: UTF-16 as one byte a character, anything else as it is."""
    source.seek(0)
    chunk = source.read(CHUNK)
    encoding = next((name for mark, name in ENCODINGS if chunk.startswith(mark)), None)
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
    while chunk:
        yield decoder.decode(chunk).encode("ascii", "replace") if decoder else chunk
        chunk = source.read(CHUNK)


def blocks(source: BinaryIO) -> Iterator[Block]:
    """Yield every block in its order, complete or not."""
    opened: _Mark | None = None
    for mark in _marks(source):
        if opened:
            yield _closed(opened, mark)
        elif mark.kind == b"END":
            yield Block(mark.label, b"", mark.line, "beginning_missing")
        elif not mark.kind and _begins_a_mark(mark.text or b""):
            yield Block(b"", b"", mark.line, "cut_off")
        opened = mark if mark.kind == b"BEGIN" else None


def _closed(opened: _Mark, mark: _Mark) -> Block:
    """Return the block between two marks."""
    if mark.text is None:
        problem = "block_too_large"
    elif mark.kind == b"END":
        problem = "" if mark.label == opened.label else "other_end"
    else:
        problem = "end_missing" if mark.kind else "cut_off"
    return Block(opened.label, b"" if problem else mark.text or b"", opened.line, problem)


def _marks(source: BinaryIO) -> Iterator[_Mark]:
    buffer, searched, line, dropped = b"", 0, 1, False
    for chunk in text_chunks(source):
        buffer += chunk
        done = 0
        for mark in MARK.finditer(buffer, searched):
            before = buffer[done : mark.start()]
            line += before.count(b"\n")
            yield _Mark(mark[1], mark[2], None if dropped else before, line)
            done, dropped = mark.end(), False
        buffer = buffer[done:]
        if len(buffer) > LARGEST_BLOCK:
            line += buffer[:-LONGEST_MARK].count(b"\n")
            buffer, dropped = buffer[-LONGEST_MARK:], True
        searched = max(0, len(buffer) - LONGEST_MARK)
    yield _Mark(b"", b"", buffer, line + buffer.count(b"\n"))


def _begins_a_mark(text: bytes) -> bool:
    """Whether the last line, which has no line break, is the start of a block's BEGIN line."""
    last = text[-LONGEST_MARK:].rpartition(b"\n")[2].lstrip()
    return last.startswith(BEGINNING) or (bool(last) and BEGINNING.startswith(last))
