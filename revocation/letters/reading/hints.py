"""Hints for the reviewer, measured on the shown pictures: what may be wrong, never a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PIL import Image, ImageChops

from revocation.letters.reading.page import Page

SAMPLE_SIDE = 700
"""Pixels: measuring needs no more, and thin strokes survive the reduction."""
INK_BELOW = 200
"""Brightness (0 to 255) under which a point counts as written on."""
BLANK_BELOW_PERCENT = 0.15
DARK_BELOW = 60
READABLE_SIDE = 700
"""Pixels of the longer side of an A4 page: 60 an inch, at which ten-point text is just legible."""
RED_ABOVE = 45
"""By how much red must exceed both green and blue."""
RED_PERCENT = 0.05
UNIFORM_SPREAD = 3
PAPER_ABOVE = 235
MISSING_PERCENT = 4.0

Measured = tuple[str, float]
"""Hint code and figure (`revocation.letters.facts.HINTS`)."""


def hints(pages: list[Page], kind: str) -> list[Measured]:
    """Return at most one hint of each code, with the figure of the worst page."""
    samples = [_sample(page.image) for page in pages]
    grey = [sample.convert("L") for sample in samples]
    found = [
        _worst("almost_blank", map(_ink_percent, grey), BLANK_BELOW_PERCENT),
        _worst("very_dark", map(_brightness, grey), DARK_BELOW),
        _worst("too_small_to_read", (float(page.original_side) for page in pages), READABLE_SIDE),
        _seal(samples),
        _missing(pages[0].image.convert("L")) if kind == "jpg" else None,
    ]
    return [hint for hint in found if hint]


def _sample(image: Image.Image) -> Image.Image:
    sample = image.copy()
    sample.thumbnail((SAMPLE_SIDE, SAMPLE_SIDE))
    return sample.convert("RGB")


def _worst(code: str, figures: Iterable[float], below: float) -> Measured | None:
    smallest = min(figures)
    return (code, round(smallest, 2)) if smallest < below else None


def _percent(image: Image.Image, marked: Callable[[int], bool]) -> float:
    """Return the percentage of the points for whose brightness `marked` is true."""
    counts = image.histogram()
    return 100 * sum(count for value, count in enumerate(counts) if marked(value)) / sum(counts)


def _ink_percent(grey: Image.Image) -> float:
    return _percent(grey, lambda value: value < INK_BELOW)


def _brightness(grey: Image.Image) -> float:
    counts = grey.histogram()
    return sum(value * count for value, count in enumerate(counts)) / sum(counts)


def _seal(samples: list[Image.Image]) -> Measured | None:
    """Return a hint when even the reddest page shows no seal; the others need none."""
    reddest = max(map(_red_percent, samples))
    return ("no_red_seal", round(reddest, 3)) if reddest < RED_PERCENT else None


def _red_percent(sample: Image.Image) -> float:
    red, green, blue = sample.split()
    excess = ImageChops.darker(ImageChops.subtract(red, green), ImageChops.subtract(red, blue))
    return _percent(excess, lambda value: value > RED_ABOVE)


def _missing(grey: Image.Image) -> Measured | None:
    """Return a hint when the lower part is flat: decoders fill up a cut-off JPEG like this. Flat white is paper."""
    width, height = grey.size
    rows = 0
    while rows < height and _is_filling(grey.crop((0, height - rows - 1, width, height - rows))):
        rows += 1
    percent = 100 * rows / height
    return ("lower_part_missing", round(percent, 1)) if percent > MISSING_PERCENT else None


def _is_filling(row: Image.Image) -> bool:
    darkest, brightest = row.getextrema()
    return bool(brightest - darkest <= UNIFORM_SPREAD and brightest < PAPER_ABOVE)  # type: ignore[operator]
