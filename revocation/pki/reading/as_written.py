"""The bytes from which the library read a value."""

from __future__ import annotations

from asn1crypto import core

INDEFINITE = b"\x80"
"""The length of a value that ends where it says so (X.690 section 8.1.3.6). DER has none."""


def as_written(value: core.Asn1Value) -> bytes:
    """Return the bytes of a value that was loaded; DER of it where they have an indefinite length.

    `Asn1Value.dump` takes every header that ends in 0x80, such as `30 82 03 80`, for one of an indefinite length. It
    would write the value anew, perhaps in other bytes, and fails at keys that it does not know.
    """
    if value._header[1:] == INDEFINITE:
        return bytes(value.dump())
    return bytes(value._header + value.contents + value._trailer)
