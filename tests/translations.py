"""`python -m tests.translations`: the Chinese catalogue is complete, current and compiled (part of `make check`)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
COMPILED = CATALOGUE.with_suffix(".mo")
INSTALL = "apt-get install --no-install-recommends gettext"
PROJECT = ("certportal", "demo", "revocation", "reviews", "locale", "scripts", "templates", "manage.py")


def problems() -> Iterator[str]:
    """Yield a sentence for each problem. `make messages` is run in a copy of the project: nothing here changes."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "project"
        copy_project(copy)
        subprocess.run(["scripts/messages"], cwd=copy, check=True)
        if (copy / CATALOGUE).read_text() != (ROOT / CATALOGUE).read_text():
            yield "The catalogue is not that of the sources. Run `make messages`, translate, and run it again."
        if (copy / COMPILED).read_bytes() != (ROOT / COMPILED).read_bytes():
            yield "The compiled catalogue is stale. Run `make messages`."
        for which in ("--untranslated", "--only-fuzzy"):
            if left := chosen(copy / CATALOGUE, which):
                yield f"Not translated ({which}):\n{left}"


def copy_project(copy: Path) -> None:
    """Copy the files that mark texts, and the secrets without which no Django command starts."""
    for name in PROJECT:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name)
        else:
            shutil.copy(source, copy / name)
    (copy / "var").mkdir()
    if (ROOT / "var" / "local.env").exists():
        shutil.copy(ROOT / "var" / "local.env", copy / "var")


def chosen(catalogue: Path, which: str) -> str:
    """Return the entries that `msgattrib` selects, without the header."""
    result = subprocess.run(["msgattrib", which, catalogue], capture_output=True, text=True, check=True)
    return "\n\n".join(result.stdout.split("\n\n")[1:])


if __name__ == "__main__":
    if shutil.which("xgettext") is None:
        print(f"The catalogue cannot be checked without gettext: {INSTALL}", file=sys.stderr)
        sys.exit(1)
    found = list(problems())
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    sys.exit(bool(found))
