"""The typeface of the letters: Chinese and Latin in one font, shipped with its licence and embedded in every PDF."""

from __future__ import annotations

from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

NAME = "WenQuanYiMicroHei"
FILE = Path(__file__).parent / "wqy-microhei.ttc"
"""Apache License 2.0: the files LICENSE and NOTICE beside it."""

COMMON = frozenset(map(chr, chain(range(0x20, 0x7F), range(0xA0, 0x180), range(0x4E00, 0x9FA6))))
"""Latin, and the 20 902 Chinese characters that Unicode had first. The typeface has them all: no need to open it."""
MISSING = "□"
"""Stands for a character that the typeface has no form for, such as a rare one in a name."""


@cache
def registered() -> str:
    """Register the typeface with reportlab and return its name there."""
    pdfmetrics.registerFont(TTFont(NAME, str(FILE), subfontIndex=0))
    return NAME


@cache
def _forms() -> frozenset[str]:
    """Every character that the typeface has a form for."""
    typeface: Any = pdfmetrics.getFont(registered())
    return frozenset(map(chr, typeface.face.charToGlyph))


def has_form(character: str) -> bool:
    """Return whether the typeface can show `character`."""
    return character in COMMON or character in _forms()


def boxed(text: str) -> str:
    """Put `MISSING` for each character that has no form, so that nothing vanishes unnoticed."""
    return "".join(character if has_form(character) else MISSING for character in text)
