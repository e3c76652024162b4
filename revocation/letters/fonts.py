"""The typeface of the letters: Chinese and Latin in one font, embedded where the system has it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

EMBEDDED = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
"""WenQuanYi Micro Hei, from the Debian package fonts-wqy-microhei."""
EMBEDDED_NAME = "WenQuanYiMicroHei"
BUILT_IN_NAME = "STSong-Light"
"""Adobe's name for a song typeface that PDF readers bring along: not embedded, but legible."""


@cache
def registered(path: Path = EMBEDDED) -> str:
    """The name under which the typeface can be used with reportlab."""
    if path.exists():
        pdfmetrics.registerFont(TTFont(EMBEDDED_NAME, str(path), subfontIndex=0))
        return EMBEDDED_NAME
    pdfmetrics.registerFont(UnicodeCIDFont(BUILT_IN_NAME))
    return BUILT_IN_NAME
