"""The run of the child that reads a letter, up to its answer or its end: bounded in time, memory and bytes."""

from __future__ import annotations

from collections.abc import Callable

from revocation.letters.limits import Limits
from revocation.letters.sandbox.conversation import converse
from revocation.letters.sandbox.forked import FORKS, ForkServerGone
from revocation.letters.sandbox.interpreter import interpreted

Reader = Callable[[bytes, str, Limits], bytes]
"""(file, kind, limits) -> the child's frame, unchecked. Raises FileRefused."""


def run_child(data: bytes, kind: str, limits: Limits) -> bytes:
    """Return what the child wrote. Raises FileRefused: "too_costly" when a limit ended it, "unreadable" when it failed.

    The child is forked by the fork server of this process. Where there is none, or it ends or hangs on the way, an
    interpreter is started for this letter. Either child gets no environment, no file descriptor but its pipes, and a
    session of its own. Whatever happened, the session is killed as a group.
    """
    try:
        with FORKS.child(kind, limits) as child:
            return converse(child, data, limits)
    except ForkServerGone:
        with interpreted(kind, limits) as child:
            return converse(child, data, limits)
