"""What a letter may cost us: bytes, pixels, pages, seconds and memory (rule F7; threats 2 to 4)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self, get_type_hints


@dataclass(frozen=True)
class Limits:
    """Bounds of one inspection; both byte figures are inclusive.

    The defaults for processor time and memory cost none of some two thousand good files tried.
    """

    min_bytes: int = 1025
    max_bytes: int = 1_468_006
    max_pixels: int = 40_000_000
    max_scans: int = 64
    """Scans of a progressive JPEG: each is a pass over all its pixels, however few bytes it has."""
    max_pages: int = 10
    max_pdf_objects: int = 20_000
    max_codes: int = 8
    """QR codes of ours that are told of; a letter has one a page."""
    longest_side: int = 2000
    """Pixels of a shown picture's longer side."""
    cpu_seconds: int = 5
    memory_bytes: int = 512 * 1024 * 1024
    wall_seconds: float = 12.0
    """More than the processor time: a busy machine is no reason to refuse a letter."""
    max_answer_bytes: int = 32 * 1024 * 1024
    """What is read from the child at most."""

    def words(self) -> list[str]:
        """`field=value` for each field: how the limits travel on a command line."""
        return [f"{field.name}={getattr(self, field.name)}" for field in fields(self)]

    @classmethod
    def from_words(cls, words: list[str]) -> Self:
        """The limits that `words` gave."""
        types = get_type_hints(cls)
        values = dict(word.split("=", 1) for word in words)
        return cls(**{name: types[name](value) for name, value in values.items()})
