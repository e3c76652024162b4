"""The exchange with a child: the file to its standard input, the answer from its standard output, within the limits."""

from __future__ import annotations

import os
import selectors
import time
from dataclasses import dataclass
from typing import IO, Protocol

from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused

CHUNK = 64 * 1024
SECONDS_TO_END = 1.0
"""How long a child may take to end once it has closed its output."""


@dataclass(frozen=True)
class Ended:
    """How a child ended. `code`: `os.CLD_EXITED` or another reason. `status`: exit status, or the signal's number."""

    code: int
    status: int


class Child(Protocol):
    """A child that reads one letter. Whoever made it kills its session afterwards."""

    @property
    def stdin(self) -> IO[bytes]:
        """The unbuffered pipe to its standard input."""

    @property
    def stdout(self) -> IO[bytes]:
        """The unbuffered pipe from its standard output."""

    def end(self, seconds: float) -> Ended | None:
        """Wait for its end. Returns None when it did not end in this time."""


def converse(child: Child, data: bytes, limits: Limits) -> bytes:
    """Send the file, and return the answer of a child that ended well. Raises FileRefused."""
    answer = _exchange(child, data, limits)
    # Its output is closed, so it is ending. A child that closes and stays is killed by its maker.
    ended = child.end(SECONDS_TO_END)
    if ended is None or ended.code != os.CLD_EXITED:
        raise FileRefused("too_costly")
    if ended.status != 0:
        raise FileRefused("unreadable")
    return answer


def _exchange(child: Child, data: bytes, limits: Limits) -> bytes:
    """Write the file and read the answer at the same time, so that neither pipe can block the other."""
    deadline = time.monotonic() + limits.wall_seconds
    unsent, answer = memoryview(data), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, events in ((child.stdin, selectors.EVENT_WRITE), (child.stdout, selectors.EVENT_READ)):
            os.set_blocking(stream.fileno(), False)
            selector.register(stream, events)
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
