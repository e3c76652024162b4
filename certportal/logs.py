"""Log records of one line each.

What strangers say cannot forge another record (threat 38). An outage of the database is a line, not a traceback for
every request that meets it (threat 55).
"""

from __future__ import annotations

import copy
import logging
import unicodedata

from django.core.exceptions import SuspiciousOperation

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
    """A formatter that escapes the message alone: a traceback keeps its lines.

    An outage gets no traceback, nor does an error that strangers cause at will, such as a foreign Host header.
    """

    def format(self, record: logging.LogRecord) -> str:
        from certportal.database import outages

        error = record.exc_info[1] if record.exc_info else None
        if error and (outages.is_outage(error) or isinstance(error, SuspiciousOperation)):
            record = copy.copy(record)
            record.msg, record.args = "%s (%s)", (record.getMessage(), outages.sentence(error))
            record.exc_info = record.exc_text = None
        return super().format(record)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name that logging calls
        return one_line(super().formatMessage(record))


class OutagesOnce(logging.Filter):
    """A filter that lets pass the first record of an outage of the database, and one a minute while it lasts."""

    def filter(self, record: logging.LogRecord) -> bool:
        from certportal.database import outages

        error = record.exc_info[1] if record.exc_info else None
        return outages.DATABASE.noted() if outages.is_outage(error) else True
