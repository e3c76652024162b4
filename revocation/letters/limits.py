"""What a letter may cost us: bytes, pixels, pages, seconds and memory (rule F7; threats 2 to 4)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self, get_type_hints


@dataclass(frozen=True)
class Limits:
    """Bounds of one inspection. `min_bytes` and `max_bytes` are inclusive.

    Of some two thousand good files that were tried, none reached the default processor time or memory.
    """

    min_bytes: int = 1025
    max_bytes: int = 1_468_006
    max_pixels: int = 40_000_000
    max_scans: int = 64
    """Scans of a progressive JPEG: each is a pass over all its pixels, however few bytes it has."""
    max_pages: int = 10
    max_pdf_objects: int = 20_000
    max_codes: int = 8
    """QR codes of ours that are reported. A letter has one, on its first page."""
    longest_side: int = 2000
    """Pixels that the longer side of a shown picture has at most."""
    cpu_seconds: int = 5
    memory_bytes: int = 512 * 1024 * 1024
    wall_seconds: float = 12.0
    """More than the processor time: a busy machine is no reason to refuse a letter."""
    max_answer_bytes: int = 32 * 1024 * 1024
    """Bytes that are read from the child at most."""

    def words(self) -> list[str]:
        """Return `field=value` for each field, to pass the limits on a command line."""
        return [f"{field.name}={getattr(self, field.name)}" for field in fields(self)]

    @classmethod
    def from_words(cls, words: list[str]) -> Self:
        """Read the limits from what `words` returned."""
        types = get_type_hints(cls)
        values = dict(word.split("=", 1) for word in words)
        return cls(**{name: types[name](value) for name, value in values.items()})
