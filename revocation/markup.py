"""Markup that code puts together piece by piece, escaped as by Django's `format_html`.

`format_html` and `mark_safe` look at each piece for a translation that waits, which takes most of their time. A list
has thousands of pieces, and all of them are `str`.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString


def escaped(text: str) -> SafeString:
    """Return the text as markup. Markup (`SafeString`) stays as it is."""
    return text if isinstance(text, SafeString) else SafeString(escape(text))


def filled(frame: str, *pieces: str) -> SafeString:
    """Return a frame of ours with a piece for each `{}`. Pieces that are no markup are escaped."""
    return SafeString(frame.format(*[piece if isinstance(piece, SafeString) else escape(piece) for piece in pieces]))


def joined(pieces: Iterable[str], between: str = "") -> SafeString:
    """Return the pieces one after another. Pieces that are no markup are escaped. `between`: markup of ours."""
    return SafeString(between.join([piece if isinstance(piece, SafeString) else escape(piece) for piece in pieces]))
