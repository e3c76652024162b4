"""What inspection finds out about a letter that it accepts."""

from __future__ import annotations

from dataclasses import dataclass

from revocation.marking import gettext_noop


@dataclass(frozen=True)
class PagePicture:
    """One page as people see it, encoded by us, without anything of the original file but its pixels.

    `width` and `height` are in pixels. A decision refers to `sha256`, in lower-case hexadecimal (threat 6).
    """

    data: bytes
    width: int
    height: int
    sha256: str
    media_type: str = "image/jpeg"


@dataclass(frozen=True)
class Hint:
    """Something a reviewer may want to look at; never a verdict. `figure` is what was measured."""

    code: str
    figure: float


HINTS: dict[str, str] = {
    "almost_blank": gettext_noop("A page is almost blank: %(figure)s %% of it is covered."),
    "very_dark": gettext_noop("A page is very dark: its mean brightness is %(figure)s of 255."),
    "too_small_to_read": gettext_noop("A page may be too small to read: its longer side has %(figure)s pixels."),
    "lower_part_missing": gettext_noop("The lower part of the picture seems to be missing: %(figure)s %% of it."),
    "no_code": gettext_noop("The QR code of the template was not found: compare the request number by eye."),
    "no_red_seal": gettext_noop(
        "No red seal was found: %(figure)s %% of the letter is red. Perhaps it is a grey scan."
    ),
}
"""Hint code -> English sentence for the measured figure."""

WARNINGS: dict[str, str] = {
    "almost_blank": gettext_noop("Check that you scanned the right side of the page."),
    "very_dark": gettext_noop("Scan it again with more light, or photograph it by daylight."),
    "too_small_to_read": gettext_noop("Scan it with at least 150 dots an inch."),
    "lower_part_missing": gettext_noop("Save or scan it again: the file may be cut off."),
    "no_red_seal": gettext_noop("Scan the letter in colour and check that it has the seal."),
}
"""Code -> what to do, for the hints that a customer sees before the letter counts. The customer may overrule them."""


@dataclass(frozen=True)
class LetterFacts:
    """An accepted letter. `size` in bytes; `sha256` of the file as uploaded; `pages` in reading order."""

    kind: str
    media_type: str
    size: int
    sha256: str
    pages: tuple[PagePicture, ...]
    hints: tuple[Hint, ...]
