"""Python processes that inherit nothing, and the child that is one: a new interpreter for one letter.

It costs 0.1 s of processor time for a picture and 0.2 s for a PDF beyond the reading, so `forked` is tried first.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import revocation
from revocation.letters.limits import Limits
from revocation.letters.sandbox.conversation import Child, Ended

START = """
import sys
sys.path.append(sys.argv[1])
from revocation.letters.reading.child import main
main(sys.argv[2:])
"""
"""Isolated mode (-I) ignores the environment and the working directory, so the project's folder is an argument."""
PROJECT = str(Path(revocation.__file__).parents[1])
PAUSE = 0.002
"""Seconds between two looks whether the child has ended."""


def isolated(program: str, *words: str, stdin: int, stdout: int) -> subprocess.Popen[bytes]:
    """Start a Python program in a session of its own, without environment, errors and inherited descriptors."""
    return subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", program, PROJECT, *words],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        bufsize=0,
        start_new_session=True,
    )


@contextmanager
def interpreted(kind: str, limits: Limits) -> Iterator[Child]:
    """Start an interpreter for one letter. Afterwards its session is killed as a group."""
    with isolated(START, kind, *limits.words(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield _Interpreter(process)
        finally:
            # Before the child is reaped: until then no other process can have its id.
            os.killpg(process.pid, signal.SIGKILL)


class _Interpreter:
    """The child that is an interpreter of its own."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.stdin: IO[bytes] = process.stdin  # type: ignore[assignment] # both are pipes
        self.stdout: IO[bytes] = process.stdout  # type: ignore[assignment]
        self._pid = process.pid

    def end(self, seconds: float) -> Ended | None:
        """Wait for its end, without reaping it. Returns None when it did not end in this time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if status := os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
                return Ended(status.si_code, status.si_status)
            time.sleep(PAUSE)
        return None
