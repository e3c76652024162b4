"""What the outer form of a picture tells, and the checks of its bounds (threat 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused
from revocation.letters.structure import foreign

PADDING = re.compile(rb"[\x00\s]*")


@dataclass(frozen=True)
class Survey:
    """`end`: offset after the last byte that belongs to the picture. `frames`: pictures in an animation."""

    width: int
    height: int
    end: int
    complete: bool = True
    frames: int = 1
    scans: int = 1


def check_bounds(survey: Survey, limits: Limits) -> None:
    """Raise FileRefused for too many pixels, passes or frames."""
    if survey.width < 1 or survey.height < 1:
        raise FileRefused("unreadable")
    if survey.width * survey.height > limits.max_pixels:
        raise FileRefused("too_many_pixels", width=survey.width, height=survey.height, max_pixels=limits.max_pixels)
    if survey.scans > limits.max_scans:
        raise FileRefused("too_many_scans", scans=survey.scans, max_scans=limits.max_scans)
    if survey.frames > 1:
        # A reviewer would judge the first frame while another viewer shows the rest (threat 6).
        raise FileRefused("animated")


def check_end(survey: Survey, data: bytes) -> None:
    """Raise FileRefused unless the picture is complete and nothing but padding follows it."""
    if not survey.complete:
        raise FileRefused("truncated")
    extra = len(data) - PADDING.match(data, survey.end).end()  # type: ignore[union-attr]
    if extra:
        foreign.check_behind(data, survey.end)
        raise FileRefused("trailing_data", extra=extra)
