"""Numbers that strangers write: keys of rows in addresses and forms."""

from __future__ import annotations

from django.urls import register_converter

DIGITS = 18
"""The most digits of a row's key: every number of 18 digits fits 64 bits."""


def row_number(text: str) -> int | None:
    """The key that `text` writes in plain digits; None for anything that no row can have."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


class RowNumber:
    """``<row:pk>`` in an address. Unlike ``<int:pk>`` it does not match a number too big for a key: that is a 404."""

    regex = rf"[0-9]{{1,{DIGITS}}}"

    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


register_converter(RowNumber, "row")
