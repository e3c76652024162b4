"""The mark for sentences of a table that are to be translated, in modules that do not import Django.

The table keeps the English sentence, and whoever shows it calls gettext. `make messages` finds the marked sentences by
the name `gettext_noop`.
"""

from __future__ import annotations


def gettext_noop(sentence: str) -> str:
    """Return the sentence unchanged."""
    return sentence
