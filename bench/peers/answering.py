"""The peer's side of a conversation: a line of JSON asks for a task, a line of JSON says what came of it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

Task = Callable[..., Any]


def answer(tasks: Mapping[str, Task]) -> None:
    """Carry out tasks until the other side closes the pipe. What a peer prints goes to standard error."""
    pipe = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            said = {"said": tasks[asked["task"]](**asked["with"])}
        except Exception as problem:  # noqa: BLE001 - the other side reports it and goes on
            said = {"failed": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(said), file=pipe, flush=True)


def spent(act: Callable[[], object]) -> float:
    """Return the seconds of processor time that it takes."""
    start = time.process_time()
    act()
    return time.process_time() - start
