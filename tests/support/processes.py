"""Python processes that cost little: forked from one that has loaded the portal. Each has the verbs of `Popen`."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.support.loaded"])


class Forked:
    """`python ARGUMENTS` with that environment and no other. Its settings are read anew. `args`: the arguments."""

    def __init__(self, *arguments: str, environment: Mapping[str, str], quiet: bool = False) -> None:
        self.args = arguments
        self._folder = Path(os.devnull) if quiet else Path(tempfile.mkdtemp(prefix="forked-"))
        self._files = (os.devnull,) * 2 if quiet else (f"{self._folder}/output", f"{self._folder}/errors")
        given = (arguments, dict(environment), *self._files)
        self._process = FORKS.Process(target=_run, args=given, daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float) -> int:
        """Wait, and return its exit code (-9 when it was killed). Raises `TimeoutExpired`; `timeout` is in seconds."""
        self._process.join(timeout)
        if (code := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired(self.args, timeout)
        return code

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Wait, and return what it wrote to standard output and to standard error."""
        self.wait(timeout)
        output, errors = (Path(name).read_text() for name in self._files)
        rmtree(self._folder)
        return output, errors

    def kill(self) -> None:
        self._process.kill()


def _run(*given: object) -> None:
    from tests.support import loaded  # here only: the tests' own process must not load it

    loaded.run(*given)  # type: ignore[arg-type]


def run(*arguments: str, environment: Mapping[str, str], timeout: float = 300) -> subprocess.CompletedProcess[str]:
    """Run a forked process to its end, as `subprocess.run` does."""
    process = Forked(*arguments, environment=environment)
    output, errors = process.communicate(timeout)
    return subprocess.CompletedProcess(arguments, process.wait(0), output, errors)
