"""Running benchmarks, each in a process and on a database of its own."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from bench.benches import BENCHES, POSTGRESQL, Bench
from bench.figures.table import Figure, from_json
from bench.measuring import Unmeasured
from bench.peers.conversation import ROOT
from tests import postgresql

LINES_OF_AN_ERROR = 12
TEMPLATE = ROOT / "build" / "bench.sqlite3"
"""A migrated database: copying it costs less than migrating each."""


def run(name: str) -> Iterator[Figure]:
    """Run one benchmark; yield its figures as they come. What fails is yielded as not measured, and why."""
    bench = BENCHES[name]
    missing = set(bench.rows or (name,))
    try:
        with installation(bench) as environment:
            for figure in figures_of([sys.executable, "-m", "bench.child", name], environment):
                missing.discard(figure.name)
                yield figure
    except Unmeasured as problem:
        for row in sorted(missing):
            yield Figure(row, problem, "")


def figures_of(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Figure]:
    """Yield the figures that a process writes. Raises `Unmeasured` with its last words if it fails."""
    with (
        tempfile.TemporaryFile("w+") as said,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=said, text=True) as process,
    ):
        try:
            for line in process.stdout:
                yield from_json(json.loads(line))
            failed = process.wait()
        finally:
            process.kill()
        said.seek(0)
        words = said.read().splitlines()
    if failed:
        print("\n".join(words[-LINES_OF_AN_ERROR:]), file=sys.stderr)
        raise Unmeasured(words[-1] if words else f"it ended with status {failed}")


@contextmanager
def installation(bench: Bench) -> Iterator[dict[str, str]]:
    """Yield the environment of an installation with a folder and a database of its own, or the one DATABASE_URL names.

    Raises `Unmeasured` where PostgreSQL is needed and not installed.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="certportal-bench-")))
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "certportal.settings",
            "LOG_LEVEL": "ERROR",
            "DEBUG": "false",
            "LETTERS_STORAGE_OPTIONS": f'{{"location": "{folder}/letters", "base_url": null}}',
            "PKI_BASE_URL": f"http://127.0.0.1:{postgresql.free_port()}",
            "BENCH_FOLDER": str(folder),
        }
        if "DATABASE_URL" not in environment:
            environment["DATABASE_URL"] = _database(bench, folder, stack)
        yield environment


def _database(bench: Bench, folder: Path, stack: ExitStack) -> str:
    if bench.database == POSTGRESQL:
        if postgresql.binaries() is None:
            raise Unmeasured(f"PostgreSQL is not installed: {postgresql.INSTALL}")
        return stack.enter_context(postgresql.server())
    shutil.copy(TEMPLATE, folder / "bench.sqlite3")
    return f"sqlite:///{folder}/bench.sqlite3"


def prepare() -> None:
    """Migrate the database that others are copied from, and build the static files."""
    TEMPLATE.parent.mkdir(exist_ok=True)
    TEMPLATE.unlink(missing_ok=True)
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{TEMPLATE}",
        "DJANGO_SETTINGS_MODULE": "certportal.settings",
        "LOG_LEVEL": "ERROR",
    }
    for command in (["migrate", "--verbosity=0"], ["createcachetable", "--verbosity=0"], ["static_files"]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, stdout=sys.stderr
        )
    # SQLite's log belongs to the file: a copy without it would lack what was written last.
    with closing(sqlite3.connect(TEMPLATE)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
