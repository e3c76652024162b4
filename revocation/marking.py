"""The marks for texts that are to be translated, in modules that do not import Django.

A table keeps the English text, and whoever shows it calls gettext. `make messages` finds the marked texts by the names
`gettext_noop` and `pgettext`.
"""

from __future__ import annotations

CONTEXT_ENDS = "\x04"
"""What gettext puts between the context of a text and the text."""


def gettext_noop(sentence: str) -> str:
    """Return the sentence unchanged."""
    return sentence


def pgettext(context: str, text: str) -> str:
    """Return the key of a text that means different things in different contexts. The catalogue has it by this key."""
    return f"{context}{CONTEXT_ENDS}{text}"
