"""One record, one line: what strangers say cannot forge another (threat 38)."""

from __future__ import annotations

import logging
import unicodedata

UNSEEN = ("Cc", "Cf", "Zl", "Zp")
"""Categories of Unicode: control characters, direction and joining marks, separators of lines and paragraphs."""


def one_line(text: str) -> str:
    """Unseen characters as escapes (`\\x0a`, `\\u202e`), all else as it is."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        char.encode("unicode_escape").decode() if unicodedata.category(char) in UNSEEN else char for char in text
    )


class OneLine(logging.Formatter):
    """The message alone is escaped: a traceback keeps its lines."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        return one_line(super().formatMessage(record))
