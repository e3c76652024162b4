"""Where a found text differs from the expected one, character by character (O7)."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from revocation import joining

LONGEST = 300
"""Characters that are compared."""


class Kind(StrEnum):
    SAME = "same"
    MISSING = "missing"  # expected and not found
    SURPLUS = "surplus"  # found and not expected


@dataclass(frozen=True)
class Part:
    kind: Kind
    text: str

    @property
    def spelt(self) -> str:
        """Each odd character by its name, for people who cannot see it and for letters that only look right."""
        return joining.items(_spelt(letter) for letter in self.text)


def nearest(expected: str, found: Iterable[str]) -> str:
    """Return the found text that is most like the expected one; '' if nothing was found."""
    return max(found, key=lambda text: _matcher(expected, text).ratio(), default="")


def difference(expected: str, found: str) -> tuple[Part, ...]:
    """Return `found` in parts that are the same, surplus, or missing from it."""
    expected, found = expected[:LONGEST], found[:LONGEST]
    parts: list[Part] = []
    for tag, a, b, c, d in _matcher(expected, found).get_opcodes():
        if tag == "equal":
            parts.append(Part(Kind.SAME, expected[a:b]))
            continue
        if d > c:
            parts.append(Part(Kind.SURPLUS, found[c:d]))
        if b > a:
            parts.append(Part(Kind.MISSING, expected[a:b]))
    return tuple(parts)


def _matcher(expected: str, found: str) -> difflib.SequenceMatcher[str]:
    return difflib.SequenceMatcher(None, expected[:LONGEST], found[:LONGEST], autojunk=False)


def _spelt(letter: str) -> str:
    if letter.isascii() and letter.isprintable() and letter != " ":
        return letter
    return unicodedata.name(letter, f"U+{ord(letter):04X}").lower()
