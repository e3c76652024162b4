"""Workers in processes of their own, on the test's database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

from tests.support.processes import Forked

ROOT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """Return the DATABASE_URL of the test's database, for another process."""
    s = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{s['NAME']}"
    return f"postgres://{s['USER']}@{s['HOST']}:{s['PORT']}/{s['NAME']}"


def _environment(more: dict[str, str]) -> dict[str, str]:
    return {**os.environ, "DATABASE_URL": database_url(), **more}


def start_command(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """Start `manage.py worker` as in production: in a Python of its own."""
    command = [sys.executable, "manage.py", "worker", *arguments]
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(command, cwd=ROOT, env=_environment(environment), stdout=nowhere, stderr=nowhere)


def start_worker(*arguments: str, **environment: str) -> Forked:
    """Start `manage.py worker` in a process that is forked from one that has loaded the portal."""
    return Forked("manage.py", "worker", *arguments, environment=_environment(environment), quiet=True)


def worker_once(**environment: str) -> int:
    """Run one pass of a worker; return its exit code (-9 when it was killed)."""
    return start_worker("--once", **environment).wait(60)
