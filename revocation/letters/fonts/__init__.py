"""The typeface of the letters: Chinese and Latin in one font, shipped with its licence and embedded in every PDF."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

NAME = "WenQuanYiMicroHei"
FILE = Path(__file__).parent / "wqy-microhei.ttc"
"""Apache License 2.0: the files LICENSE and NOTICE beside it."""


@cache
def registered() -> str:
    """The name under which reportlab knows the typeface."""
    pdfmetrics.registerFont(TTFont(NAME, str(FILE), subfontIndex=0))
    return NAME
