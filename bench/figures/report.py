"""The figures that stay: build/bench.json, which runs add to, and docs/performance.md, which is made from it."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import subprocess
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.figures.rows import ROWS
from bench.figures.table import HEAD, Figure, as_json, cells, from_json, missing
from bench.peers import scratch
from bench.peers.conversation import ROOT
from tests import postgresql

KEPT = ROOT / "build" / "bench.json"
PAGE = ROOT / "docs" / "performance.md"

INTRODUCTION = """# Performance

`make bench` measures the portal beside other programs: one round of each in turn, in one run. `make bench WRITE=1`
keeps the table on this page. `make bench ONLY=name` runs one benchmark, and `make bench-growth` measures both desks at
growing sizes.

This is the last table{when}, taken {machine}.

How to read it:

- *Times* are processor time in milliseconds. Rates are per second of processor time of one core. Other programs disturb
  them little. A row that is measured by the clock says so.
- *Peers* do the same work. *Limit* is what the library or the machine needs at least, without a portal around it.
- The ratio in brackets is ours divided by theirs. Of rates (unit */s*) more is better: 2× is twice as fast. Of all else
  (*ms*, *MB*, *times*) less is better: 2× takes twice as much.
- Figures depend on the machine. Ratios do so less, since both sides ran on the same one in turns.
- *Wanted* is the goal for the figure, or for its ratio to what is named, and whether this run reached it.
"""


def kept() -> list[dict[str, Any]]:
    """Return the figures of earlier runs, each with the time when it was kept."""
    return json.loads(KEPT.read_text()) if KEPT.exists() else []


def keep(figures: Iterable[Figure]) -> None:
    """Add the figures to those of earlier runs, in the order of the rows."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    known = {row["name"]: row for row in kept()}
    sizes = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("BENCH_")]
    known |= {figure.name: as_json(figure) | {"at": at, "sizes": sizes} for figure in figures}
    order = {name: place for place, name in enumerate(ROWS)}
    rows = sorted(known.values(), key=lambda row: order.get(row["name"], len(order)))
    KEPT.parent.mkdir(exist_ok=True)
    KEPT.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")


def write(rows: Iterable[dict[str, Any]]) -> None:
    """Write docs/performance.md."""
    rows = [row for row in rows if row["name"] in ROWS]
    figures = [from_json(row) for row in rows]
    days = sorted({row["at"][:10] for row in rows})
    when = f" ({' to '.join(dict.fromkeys((days[0], days[-1])))})" if days else ""
    lines = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    lines += ["| " + " | ".join(cells(figure, "<br>")) + " |" for figure in figures]
    absent = missing(figures)
    explained: dict[str, list[str]] = {}
    for figure in figures:
        names = explained.setdefault(figure.row.explained, [])
        names.extend({figure.row.what} - {*names})
    parts = [INTRODUCTION.format(when=when, machine=machine()), "\n".join(lines)]
    if sizes := sorted({size for row in rows for size in row["sizes"]}):
        parts.append(f"Some rows were measured with other sizes than usual: {', '.join(sizes)}.")
    if absent:
        parts.append("\n".join(f"- {reason}" for reason in absent))
    parts += ["## The rows", "\n".join(f"- **{'; '.join(names)}:** {why}" for why, names in explained.items())]
    PAGE.write_text("\n\n".join(part.strip() for part in parts) + "\n")


def machine() -> str:
    """Say what the figures were taken on and with."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines(Path("/proc/cpuinfo")) if line.startswith("model name")),
        platform.machine(),
    )
    versions = [
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
        _said(["openssl", "version"]),
        f"django-ca {scratch.VERSION}",
    ]
    if programs := postgresql.binaries():
        versions.insert(2, _said([str(programs / "psql"), "--version"]).replace("psql", "PostgreSQL"))
    return f"on {os.cpu_count()} cores ({model}), {platform.system()}, with {', '.join(filter(None, versions))}"


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _said(command: list[str]) -> str:
    """Return the name and the version that a program tells, "" if it does not run."""
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    return " ".join(told.replace("(PostgreSQL) ", "").split()[:2])
