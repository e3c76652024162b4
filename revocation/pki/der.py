"""The outermost values of a DER file (X.690). A file may hold many, one after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

SEQUENCE = 0x30
INSIDE = frozenset({0x30, 0x06, 0x02})
"""First tags inside a certificate, a PKCS#7 file and a key. With any other tag the data does not count as DER."""
LONG_FORM = 0x80
LONGEST_LENGTH = 4
LARGEST = 4 * 1024 * 1024
"""Bytes that one value may have."""


@dataclass(frozen=True, slots=True)
class Element:
    """One value of the file. `problem`: "", or a code of `unreadable.MESSAGES`. `extra`: bytes that are no value."""

    data: bytes
    problem: str = ""
    extra: int = 0


def elements(source: BinaryIO, size: int) -> Iterator[Element]:
    """Yield each value of a file of `size` bytes, up to and including the first incomplete one."""
    position = 0
    while position < size:
        source.seek(position)
        header = source.read(2 + LONGEST_LENGTH + 1)
        length = total_length(header)
        if length is None or header[:1] != bytes([SEQUENCE]):
            if position:
                begun = header[:1] == bytes([SEQUENCE]) and size - position <= len(header)
                yield Element(b"", "cut_off" if begun else "trailing_bytes", size - position)
                return
            length = size
        if length > size - position:
            yield Element(b"", "cut_off" if is_der(header) else "no_certificate")
            return
        if length > LARGEST:
            yield Element(b"", "block_too_large")
        else:
            source.seek(position)
            yield Element(source.read(length))
        position += length


def total_length(header: bytes) -> int | None:
    """Return the length in bytes of the value that begins with `header`, header included; None if it is not stated."""
    if len(header) < 2:
        return None
    if header[1] < LONG_FORM:
        return 2 + header[1]
    figures = header[1] - LONG_FORM
    if not 1 <= figures <= LONGEST_LENGTH or len(header) < 2 + figures:
        return None
    return 2 + figures + int.from_bytes(header[2 : 2 + figures], "big")


def is_der(header: bytes) -> bool:
    """Whether an incomplete value looks like DER at all."""
    if header[:1] != bytes([SEQUENCE]) or len(header) < 2:
        return False
    inside = 2 + (header[1] - LONG_FORM if header[1] >= LONG_FORM else 0)
    return inside >= len(header) or header[inside] in INSIDE


def is_cut_off(data: bytes) -> bool:
    """Whether the value states a length that is greater than that of `data`."""
    length = total_length(data[: 2 + LONGEST_LENGTH])
    if length is None:
        return data[:1] == bytes([SEQUENCE]) and len(data) < 2 + LONGEST_LENGTH
    return is_der(data) and length > len(data)
