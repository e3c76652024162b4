"""What is said between a process of the portal and its fork server (`sandbox.forked`, `reading.fork_server`).

Both hold an end of a Unix socket that keeps messages apart. A request for a child goes with three descriptors: the
socket for the replies about this child, its standard input and its standard output. The first reply is the child's id
once it runs, or `NO_PROCESS`. The second one says how it ended, and that its session is dead. A socket that is closed
before that says that the fork server is gone. The client closes its direction to have the child killed.
"""

from __future__ import annotations

from revocation.letters.limits import Limits

LONGEST = 4096
"""Bytes of a message at most."""
DESCRIPTORS = 3
NO_PROCESS = 0
"""Instead of the child's id, when the machine lets no further process start."""


def request(kind: str, limits: Limits) -> bytes:
    """Build the request for a child that reads a letter of this kind."""
    return " ".join([kind, *limits.words()]).encode()


def requested(message: bytes) -> tuple[str, Limits]:
    """Return kind and limits from a request."""
    kind, *words = message.decode().split()
    return kind, Limits.from_words(words)


def reply(*numbers: int) -> bytes:
    """Build a reply: the child's process id; or code and status of its end, as `waitid` tells them."""
    return " ".join(map(str, numbers)).encode()


def replied(message: bytes) -> tuple[int, ...]:
    """Return the numbers of a reply; none when the socket was closed."""
    return tuple(map(int, message.split()))
