"""A limit on the letters that one machine inspects at the same time, in all its threads and processes.

The memory of all inspections together is at most `slots` × `Limits.memory_bytes`, plus the answers that are read back
and the fork servers.
A slot is a locked file: the kernel frees it when its holder ends, however that happens.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

PAUSE = 0.05
"""Seconds between two attempts to get a slot."""


class NoSlotFree(Exception):
    """Too many letters are being inspected. The same call may be made again."""


@contextmanager
def slot(folder: Path, slots: int, wait_seconds: float) -> Iterator[None]:
    """Hold one of `slots` for the body. Raises `NoSlotFree` when none became free in time."""
    folder.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + wait_seconds
    while (held := _free_slot(folder, slots)) is None:
        if time.monotonic() >= deadline:
            raise NoSlotFree
        time.sleep(PAUSE)
    with held:
        yield


def _free_slot(folder: Path, slots: int) -> IO[bytes] | None:
    """Lock the file of a free slot; None when there is none. Closing the file frees the slot."""
    for number in range(slots):
        file = (folder / str(number)).open("wb")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
        else:
            return file
    return None
