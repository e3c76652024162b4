"""The run of the child that reads a letter, up to its answer or its end: bounded in time, memory and bytes.

A new interpreter for each letter costs 0.1 s of processor time, for a PDF 0.35 s. A faster way (a prepared process that
forks) can replace `run_child`: `revocation.letters.inspection.inspect` takes any `Reader`.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import revocation
from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused

Reader = Callable[[bytes, str, Limits], bytes]
"""(file, kind, limits) -> the child's frame, unchecked. Raises FileRefused."""

START = """
import sys
sys.path.append(sys.argv[1])
from revocation.letters.reading.child import main
main(sys.argv[2:])
"""
"""Isolated mode (-I) ignores the environment and the working directory, so the project's folder is an argument."""
PROJECT = str(Path(revocation.__file__).parents[1])
CHUNK = 64 * 1024


def run_child(data: bytes, kind: str, limits: Limits) -> bytes:
    """Return what the child wrote. Raises FileRefused: "too_costly" when a limit ended it, "unreadable" when it failed.

    The child gets no environment, no file descriptor but its pipes, and a session of its own. Whatever happened, the
    session is killed as a group.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", "-c", START, PROJECT, kind, *limits.words()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        bufsize=0,
        start_new_session=True,
    )
    with process:
        try:
            return _conversation(process, data, limits)
        finally:
            # Before the child is reaped: until then no other process can have its id.
            os.killpg(process.pid, signal.SIGKILL)


def _conversation(process: subprocess.Popen[bytes], data: bytes, limits: Limits) -> bytes:
    answer = _exchange(process, data, limits)
    # Its output is closed, so it is ending. A child that closes and stays is killed by the caller.
    status = _end_of(process)
    if status is None or status.si_code != os.CLD_EXITED:
        raise FileRefused("too_costly")
    if status.si_status != 0:
        raise FileRefused("unreadable")
    return answer


def _end_of(process: subprocess.Popen[bytes]) -> os.waitid_result | None:
    """Wait up to a second for the end of the child, without reaping it. Returns None when it did not end."""
    for _ in range(100):
        time.sleep(0.01)
        if status := os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            return status
    return None


def _exchange(process: subprocess.Popen[bytes], data: bytes, limits: Limits) -> bytes:
    """Write the file and read the answer at the same time, so that neither pipe can block the other."""
    deadline = time.monotonic() + limits.wall_seconds
    unsent, answer = memoryview(data), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, events in (
            (process.stdin, selectors.EVENT_WRITE),
            (process.stdout, selectors.EVENT_READ),
        ):
            os.set_blocking(stream.fileno(), False)  # type: ignore[union-attr]
            selector.register(stream, events)  # type: ignore[arg-type]
        while selector.get_map():
            ready = selector.select(deadline - time.monotonic())
            if time.monotonic() >= deadline or len(answer) > limits.max_answer_bytes:
                raise FileRefused("too_costly")
            for key, events in ready:
                if events & selectors.EVENT_WRITE:
                    unsent = _sent(key.fd, unsent)
                    finished = not unsent
                else:
                    answer += (chunk := os.read(key.fd, CHUNK))
                    finished = not chunk
                if finished:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]
    return bytes(answer)


def _sent(descriptor: int, unsent: memoryview) -> memoryview:
    """Send a piece and return the rest; nothing when the child no longer listens."""
    try:
        return unsent[os.write(descriptor, unsent[:CHUNK]) :]
    except BrokenPipeError:
        return unsent[len(unsent) :]
