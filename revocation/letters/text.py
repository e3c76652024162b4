"""Hostile text made fit for a printed page: cleaned, wrapped and bounded."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

LONGEST = 2000
"""Characters of a value that are used; the rest is cut off."""
ELLIPSIS = "…"
SEPARATOR = " · "
UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Unicode categories: controls, direction marks and zero-width characters, surrogates, private use, unassigned."""

Measure = Callable[[str], float]
"""Width of a text in points."""


def plain(text: str) -> str:
    """Return `text` as one line, without invisible characters and those that turn the direction of writing (U+202E)."""
    spaced = (" " if character.isspace() else character for character in text[:LONGEST])
    kept = "".join(c for c in spaced if unicodedata.category(c) not in UNPRINTABLE)
    return " ".join(kept.split())


def openly(text: str) -> str:
    """Return `text` as typed, with invisible characters and those that turn the writing named: ``⟨U+202E⟩``."""
    return "".join(c if _is_seen(c) else f"⟨{code(c)}⟩" for c in text)


def code(character: str) -> str:
    """How Unicode numbers a character: ``U+202E``."""
    return f"U+{ord(character):04X}"


def is_writing(character: str) -> bool:
    """Return whether people write it: no control character but line breaks and tabs, no half of a surrogate pair."""
    return character in "\n\r\t" or unicodedata.category(character) not in ("Cc", "Cs")


def first_not_writing(text: str) -> str:
    """Return the first character that belongs in no text, or an empty string."""
    return next((character for character in text if not is_writing(character)), "")


def _is_seen(character: str) -> bool:
    return character in "\n\r\t" or unicodedata.category(character) not in UNPRINTABLE


def groups(hexadecimal: str) -> str:
    """Write `hexadecimal` in upper case, in groups of four that people can compare: ``ABCD 0123``."""
    digits = plain(hexadecimal).replace(":", "").upper()
    return " ".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def fitted(text: str, measure: Measure, width: float) -> str:
    """As much of `text` as fits into one line, with an ellipsis when something is left out."""
    if measure(text) <= width:
        return text
    end = _fitting(text, measure, width - measure(ELLIPSIS))
    return text[:end] + ELLIPSIS


def joined(parts: Sequence[str], measure: Measure, width: float) -> str:
    """Join the parts in one line. Where they do not fit, the longest are cut, so that none pushes out another."""
    room = width - measure(SEPARATOR) * (len(parts) - 1)
    shown = list(parts)
    for done, at in enumerate(sorted(range(len(parts)), key=lambda at: measure(parts[at]))):
        shown[at] = fitted(parts[at], measure, room / (len(parts) - done))
        room -= measure(shown[at])
    return SEPARATOR.join(shown)


def wrapped(text: str, measure: Measure, width: float, most: int) -> list[str]:
    """Wrap `text` into at most `most` lines, broken at a space where one is near, else anywhere (Chinese has none)."""
    lines: list[str] = []
    while text and len(lines) < most - 1 and measure(text) > width:
        end = max(1, _fitting(text, measure, width))
        space = text.rfind(" ", end // 2, end + 1)
        end = space if space > 0 else end
        lines.append(text[:end])
        text = text[end:].lstrip()
    return [*lines, fitted(text, measure, width)] if text else lines


def _fitting(text: str, measure: Measure, width: float) -> int:
    """How many characters fit, by bisection."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= width else (low, middle - 1)
    return low
