"""This side of a conversation with a peer, which runs in a process of its own, perhaps with another Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

from bench.measuring import Unmeasured

ROOT = Path(__file__).resolve().parents[2]


class Peer:
    """A process that carries out tasks. A context manager that ends it."""

    def __init__(self, module: str, *, python: str = sys.executable, **environment: str) -> None:
        mine = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        self._process = subprocess.Popen(
            [python, "-m", module],
            cwd=ROOT,
            env=mine | environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self) -> Peer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()

    def ask(self, task: str, **arguments: Any) -> Any:
        """Return what the task says. Raises `Unmeasured`, with the peer's own words, when it fails."""
        try:
            self._process.stdin.write(json.dumps({"task": task, "with": arguments}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise Unmeasured(f"the peer ended with status {self._process.wait()}")
        answer = json.loads(line)
        if "failed" in answer:
            raise Unmeasured(str(answer["failed"]))
        return answer["said"]
