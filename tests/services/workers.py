"""Workers in processes of their own, on the test's database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def database_url() -> str:
    """The test database's, for another process."""
    s = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{s['NAME']}"
    return f"postgres://{s['USER']}@{s['HOST']}:{s['PORT']}/{s['NAME']}"


def start_worker(*arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """`manage.py worker` in a process of its own."""
    command = [sys.executable, "manage.py", "worker", *arguments]
    everything = {**os.environ, "DATABASE_URL": database_url(), **environment}
    return subprocess.Popen(command, cwd=ROOT, env=everything, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def worker_once(**environment: str) -> int:
    """A worker's one pass; returns its exit code (-9 when it was killed)."""
    return start_worker("--once", **environment).wait(60)
