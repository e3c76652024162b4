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
"""Latin, and the 20 902 characters that Unicode had first: the typeface has them all, known without opening it."""
MISSING = "□"
"""Stands where the typeface has no form: rare characters of names."""


@cache
def registered() -> str:
    """The name under which reportlab knows the typeface."""
    pdfmetrics.registerFont(TTFont(NAME, str(FILE), subfontIndex=0))
    return NAME


@cache
def _forms() -> frozenset[str]:
    """Every character that the typeface has a form for."""
    typeface: Any = pdfmetrics.getFont(registered())
    return frozenset(map(chr, typeface.face.charToGlyph))


def has_form(character: str) -> bool:
    """Whether the typeface can show it."""
    return character in COMMON or character in _forms()


def boxed(text: str) -> str:
    """As it can be shown: `MISSING` for what has no form, so that nothing vanishes in silence."""
    return "".join(character if has_form(character) else MISSING for character in text)
