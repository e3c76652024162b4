"""What stands between parts of a text that the code joins: punctuation, and blanks, differ between languages.

Pure Python, the lowest layer. The catalogue has a translation for each. Templates use `templatetags/joining.py`.
What machines read (headers, logs, files, statements) is joined where it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from typing import ClassVar

from revocation.marking import CONTEXT_ENDS, gettext_noop, pgettext

Translate = Callable[[str], str]

OR = gettext_noop(" or ")
LABEL = pgettext("after a label", ": ")
STOP = pgettext("between a phrase and a sentence", ". ")
FACT = pgettext("between facts about one thing", ", ")
ITEM = pgettext("between items of a list", ", ")
LONG_ITEM = pgettext("between items that may contain commas", "; ")
BRACKETS = pgettext("an addition in brackets", " (%(text)s)")
SENTENCES = pgettext("two sentences", "%(first)s %(second)s")
"""With its neighbours, since an empty translation of a blank would count as missing."""


class Language:
    """The function by which texts are translated. The app sets it to Django's gettext when it starts."""

    translate: ClassVar[Translate] = staticmethod(str)


def mark(key: str, translate: Translate | None = None) -> str:
    """Return one of the marks above in the reader's language. `translate` replaces it; `str` gives English."""
    return (translate or Language.translate)(key).rpartition(CONTEXT_ENDS)[2]


def gap(translate: Translate | None = None) -> str:
    """Return what stands between two sentences, and between a text that ends with a colon and what follows."""
    return mark(SENTENCES, translate) % {"first": "", "second": ""}


def sentences(said: Iterable[str], translate: Translate | None = None) -> str:
    """Join sentences. Empty ones are left out."""
    return reduce(lambda first, second: _two(first, second, translate), filter(None, said), "")


def _two(first: str, second: str, translate: Translate | None) -> str:
    if not first:
        return second
    if first[-1].isascii():  # a sentence in English, perhaps quoted: its full stop brings no blank of its own
        return f"{first} {second}"
    return mark(SENTENCES, translate) % {"first": first, "second": second}


def any_of(words: Iterable[str], translate: Translate | None = None) -> str:
    """Join alternatives: “JPG, PNG or PDF”."""
    *others, last = list(words) or [""]
    return f"{items(others, translate)}{mark(OR, translate)}{last}" if others else last


def items(words: Iterable[str], translate: Translate | None = None) -> str:
    """Join the items of a list: “a.example, b.example”."""
    return mark(ITEM, translate).join(words)


def long_items(words: Iterable[str], translate: Translate | None = None) -> str:
    """Join items that may contain commas: “Names: a, b; State: issued”."""
    return mark(LONG_ITEM, translate).join(words)


def relisted(kept: str, translate: Translate | None = None) -> str:
    """Return a list that was kept as “a, b” or “a; b” with the marks of the reader's language."""
    return kept.replace("; ", mark(LONG_ITEM, translate)).replace(", ", mark(ITEM, translate))


def facts(words: Iterable[str], translate: Translate | None = None) -> str:
    """Join facts about one thing: “CRL number 7, reason: superseded”."""
    return mark(FACT, translate).join(words)


def labelled(label: object, text: object, translate: Translate | None = None) -> str:
    """Return a label and what it names: “R-000007: The letter is missing.”"""
    return f"{label}{mark(LABEL, translate)}{text}"


def bracketed(text: object, translate: Translate | None = None) -> str:
    """Return an addition in brackets, ready to follow a word."""
    return mark(BRACKETS, translate) % {"text": text}
