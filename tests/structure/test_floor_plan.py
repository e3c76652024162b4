"""The code stays easy to read: few files in a folder, few lines in a file, one name for one thing."""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bench", "certportal", "demo", "reviews", "revocation", "tests")
MOST_FILES = 20
MOST_LINES = 350


def modules() -> Iterator[Path]:
    """Yield every module of the project, except the migrations that Django generated."""
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT)


def retired_names() -> frozenset[str]:
    """Return the identifiers in the first column of *Retired words* in docs/terms.md."""
    table = (ROOT / "docs" / "terms.md").read_text().partition("## Retired words")[2]
    rows = (line.split("|")[1] for line in table.splitlines() if line.startswith("|"))
    return frozenset(name for row in rows for name in re.findall(r"`(\w+)`", row))


def test_a_folder_is_seen_in_one_glance() -> None:
    folders = Counter(path.parent for path in modules())
    assert {str(folder): files for folder, files in folders.items() if files > MOST_FILES} == {}


def test_a_file_is_read_in_one_sitting() -> None:
    lengths = {str(path): len((ROOT / path).read_text().splitlines()) for path in modules()}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_retired_name_is_used_in_code() -> None:
    retired = retired_names()
    assert {"Sighting", "LiveLook", "NotYours"} <= retired
    found = []
    for path in modules():
        source = io.StringIO((ROOT / path).read_text())
        names = {token.string for token in tokenize.generate_tokens(source.readline) if token.type == tokenize.NAME}
        found += [f"{path}: {name}" for name in sorted(names & retired)]
    assert found == []
