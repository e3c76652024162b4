"""Bars drawn on the server as SVG. Whoever cannot see them has the table beside them. Colours: the style sheet."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from reviews.presenters.dashboard import Table

WIDTH, HEIGHT, BOTTOM, LEFT = 720, 220, 24, 44
"""Units of the picture: the whole, and the room for labels."""
MOST_LABELS = 10


def picture(table: Table, columns: Sequence[int]) -> SafeString:
    """Draw a group of bars for each row, from the columns named. Empty without numbers."""
    groups = [(label, [values[n] or 0 for n in columns]) for label, values in table.rows]
    top = max((value for _label, values in groups for value in values), default=0)
    if not top:
        return SafeString("")
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}{}{}</svg>',
        WIDTH,
        HEIGHT,
        table.title,
        _scale(top),
        _bars(groups, top),
        _labels(groups),
    )


def _height(value: float, top: float) -> float:
    return round((HEIGHT - BOTTOM - 12) * value / top, 1)


def _scale(top: float) -> SafeString:
    lines = ((HEIGHT - BOTTOM - _height(value, top), value) for value in (0, top / 2, top))
    return format_html_join(
        "",
        '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/>'
        '<text class="tick" x="{}" y="{}" text-anchor="end">{}</text>',
        ((LEFT, WIDTH, y, y, LEFT - 6, y + 4, f"{value:g}" if value < 10 else f"{value:.0f}") for y, value in lines),
    )


def _bars(groups: Sequence[tuple[str, Sequence[float]]], top: float) -> SafeString:
    step = (WIDTH - LEFT) / len(groups)
    wide = step * 0.8 / len(groups[0][1])
    return format_html_join(
        "",
        '<rect class="bar bar-{}" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (
                n,
                round(LEFT + step * (place + 0.1) + wide * n, 1),
                HEIGHT - BOTTOM - _height(value, top),
                round(wide, 1),
                _height(value, top),
            )
            for place, (_label, values) in enumerate(groups)
            for n, value in enumerate(values)
        ),
    )


def _labels(groups: Sequence[tuple[str, Sequence[float]]]) -> SafeString:
    step = (WIDTH - LEFT) / len(groups)
    every = max(1, -(-len(groups) // MOST_LABELS))
    return format_html_join(
        "",
        '<text class="tick" x="{}" y="{}" text-anchor="middle">{}</text>',
        (
            (round(LEFT + step * (place + 0.5), 1), HEIGHT - 6, label)
            for place, (label, _values) in enumerate(groups)
            if place % every == 0
        ),
    )
