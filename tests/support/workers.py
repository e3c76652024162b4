"""Workers in processes of their own, on the test's database."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.support.loaded"])


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


class Worker:
    """`manage.py worker` in a process that is forked from one that has loaded the portal. Has the verbs of `Popen`."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str]) -> None:
        self._process = FORKS.Process(target=_manage, args=(["worker", *arguments], environment), daemon=True)
        self._process.start()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, seconds: float) -> int:
        """Wait, and return its exit code (-9 when it was killed). Raises `TimeoutExpired`."""
        self._process.join(seconds)
        if (code := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired("manage.py worker", seconds)
        return code

    def kill(self) -> None:
        self._process.kill()


def _manage(arguments: list[str], environment: dict[str, str]) -> None:
    from tests.support import loaded  # here only: the tests' own process must not load it

    loaded.manage(arguments, environment)


def start_worker(*arguments: str, **environment: str) -> Worker:
    return Worker(arguments, _environment(environment))


def worker_once(**environment: str) -> int:
    """Run one pass of a worker; return its exit code (-9 when it was killed)."""
    return start_worker("--once", **environment).wait(60)
