"""Figures as rows of text, of Markdown and of JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.figures.rows import LESS, MORE, ROWS, Goal, Row
from bench.measuring import Unmeasured, Value


@dataclass(frozen=True)
class Figure:
    """What was measured for a row. `peers` and `limit`: theirs, by name, in the same unit."""

    name: str
    ours: Value
    unit: str
    peers: Mapping[str, Value] = field(default_factory=dict)
    limit: Mapping[str, Value] = field(default_factory=dict)

    @property
    def row(self) -> Row:
        return ROWS.get(self.name) or Row(self.name.replace("_", " "), LESS, "")

    @property
    def others(self) -> dict[str, Value]:
        return {**self.peers, **self.limit}

    def ratio(self, other: str) -> float | None:
        """Return ours over theirs, None where either is missing."""
        theirs = self.others.get(other)
        if not isinstance(self.ours, float) or not isinstance(theirs, float) or not theirs:
            return None
        return self.ours / theirs

    def meets(self, goal: Goal) -> bool | None:
        """Return whether the figure is as wanted, None where it is not known."""
        reached = self.ratio(goal.than) if goal.than else self.ours
        if not isinstance(reached, float):
            return None
        return reached >= goal.bound if self.row.better == MORE else reached <= goal.bound


def as_json(figure: Figure) -> dict[str, Any]:
    return {
        "name": figure.name,
        "unit": figure.unit,
        "ours": _plain(figure.ours),
        "peers": {name: _plain(value) for name, value in figure.peers.items()},
        "limit": {name: _plain(value) for name, value in figure.limit.items()},
    }


def from_json(said: Mapping[str, Any]) -> Figure:
    peers, limit = ({name: _value(value) for name, value in said[kind].items()} for kind in ("peers", "limit"))
    return Figure(said["name"], _value(said["ours"]), said["unit"], peers, limit)


def _plain(value: Value) -> float | str:
    return f"not measured: {value}" if isinstance(value, Unmeasured) else value


def _value(plain: float | str) -> Value:
    return Unmeasured(plain.removeprefix("not measured: ")) if isinstance(plain, str) else float(plain)


def number(value: float) -> str:
    """Write three significant digits, thousands without an exponent."""
    if abs(value) >= 1000:
        return f"{round(value, 2 - len(str(int(abs(value)))) + 1):.0f}"
    return f"{value:.3g}"


def compared(figure: Figure, others: Mapping[str, Value]) -> list[str]:
    """Return theirs and ours over theirs, a line for each."""
    lines = []
    for name, value in others.items():
        ratio = figure.ratio(name)
        if isinstance(value, Unmeasured):
            lines.append(f"{name}: not measured")
        else:
            lines.append(f"{name} {number(value)}" + (f" ({number(ratio)}×)" if ratio is not None else ""))
    return lines


def wanted(figure: Figure) -> str:
    """Return what is wanted, and whether it is reached."""
    sign = "≥" if figure.row.better == MORE else "≤"
    said = []
    for goal in figure.row.wanted:
        met = {True: "yes", False: "no", None: "?"}[figure.meets(goal)]
        said.append(f"{sign} {number(goal.bound)}" + (f"× {goal.than}" if goal.than else "") + f": {met}")
    return "; ".join(said)


def ours(figure: Figure) -> str:
    value = "not measured" if isinstance(figure.ours, Unmeasured) else number(figure.ours)
    return f"{value} {figure.unit}"


HEAD = ("work", "ours", "peers (ours/theirs)", "limit (ours/limit)", "wanted")


def cells(figure: Figure, between: str) -> tuple[str, ...]:
    peers, limit = compared(figure, figure.peers), compared(figure, figure.limit)
    return figure.row.what, ours(figure), between.join(peers), between.join(limit), wanted(figure)


def text(figures: Iterable[Figure]) -> str:
    """Return a table for a terminal, and below it why something was not measured."""
    rows = [HEAD, *(cells(figure, "; ") for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def missing(figures: Iterable[Figure]) -> list[str]:
    """Return why figures were not measured, with the commands that help; each reason once."""
    reasons: dict[str, None] = {}
    for figure in figures:
        for whose, value in {figure.row.what: figure.ours, **figure.others}.items():
            if isinstance(value, Unmeasured):
                reasons[f"{whose}: not measured: {value}"] = None
    return list(reasons)
