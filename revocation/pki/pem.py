"""PEM blocks (RFC 7468) out of a file of any length, a piece of it in memory at a time.

A block that is not whole is told as such and not passed over: a file that was cut off must not count as complete.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

CHUNK = 64 * 1024
LARGEST_BLOCK = 4 * 1024 * 1024
"""Bytes of text between two marks that are kept."""
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
"""How a file of UTF-16 begins, as some editors save it, with its mark and without."""


@dataclass(frozen=True, slots=True)
class Block:
    """`line`: where it begins, from 1. `problem`: "" or a code of `unreadable.MESSAGES`; then `body` is empty."""

    label: bytes
    body: bytes
    line: int
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Mark:
    """BEGIN, END, or nothing at the end of the file; `text` is what stands before it, None if that is too much."""

    kind: bytes
    label: bytes
    text: bytes | None
    line: int


def text_chunks(source: BinaryIO) -> Iterator[bytes]:
    """The file from its beginning, UTF-16 brought to one byte a character, other bytes as they are."""
    source.seek(0)
    chunk = source.read(CHUNK)
    encoding = next((name for mark, name in ENCODINGS if chunk.startswith(mark)), None)
    decoder = codecs.getincrementaldecoder(encoding)("replace") if encoding else None
    while chunk:
        yield decoder.decode(chunk).encode("ascii", "replace") if decoder else chunk
        chunk = source.read(CHUNK)


def blocks(source: BinaryIO) -> Iterator[Block]:
    """Every block in its order, whole ones and others."""
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
    """The block between two marks."""
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
        while mark := MARK.search(buffer, searched):
            before = buffer[: mark.start()]
            line += before.count(b"\n")
            yield _Mark(mark[1], mark[2], None if dropped else before, line)
            buffer, searched, dropped = buffer[mark.end() :], 0, False
        if len(buffer) > LARGEST_BLOCK:
            line += buffer[:-LONGEST_MARK].count(b"\n")
            buffer, dropped = buffer[-LONGEST_MARK:], True
        searched = max(0, len(buffer) - LONGEST_MARK)
    yield _Mark(b"", b"", None if dropped and MARK.search(buffer) else buffer, line + buffer.count(b"\n"))


def _begins_a_mark(text: bytes) -> bool:
    """Whether the last line, which has no end, is the beginning of a block's first line."""
    last = text[-LONGEST_MARK:].rpartition(b"\n")[2].lstrip()
    return last.startswith(BEGINNING) or (bool(last) and BEGINNING.startswith(last))
