"""Marks a sentence of a table for translation, in modules that know nothing of Django.

The table keeps the English; whoever shows it calls gettext. `make messages` finds the marked ones by this name.
"""

from __future__ import annotations


def gettext_noop(sentence: str) -> str:
    """The sentence itself."""
    return sentence
