"""The one event loop of this process on which everything asynchronous of `outbound` runs.

It lives in a thread of its own, started when first needed (after a web server's fork), so that synchronous code in any
thread may ask it, and hundreds of look-ups wait together without a thread each.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}
"""By process: a forked child inherits the entry, but not the thread."""

_free_threads: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = weakref.WeakKeyDictionary()


def network_loop() -> asyncio.AbstractEventLoop:
    """The loop of this process, running."""
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = _loops[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="network", daemon=True).start()
        return loop


def submit(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Begins `work`; the future may be waited for in any other thread, or cancelled."""
    return asyncio.run_coroutine_threadsafe(work, network_loop())


def run(work: Coroutine[Any, Any, T]) -> T:
    """`work`'s result. For synchronous code; raises RuntimeError on the loop itself, which would wait for itself."""
    loop = network_loop()
    if _running() is loop:
        work.close()
        raise RuntimeError("asynchronous code awaits instead of calling a synchronous function")
    return asyncio.run_coroutine_threadsafe(work, loop).result()


THREADS = 600
"""Of blocking work at once. A thread that waits costs some 50 KB."""


async def in_thread(work: Callable[[], T]) -> T:
    """A blocking `work` in a thread of its own, which does not keep the process from ending.

    Not a pool: a pool's threads are waited for at the end of the process, and those here may wait for a slow server.
    Cancelling leaves the thread to its own bound.
    """
    loop = asyncio.get_running_loop()
    async with _free_threads.setdefault(loop, asyncio.Semaphore(THREADS)):
        return await _threaded(work, loop)


async def _threaded(work: Callable[[], T], loop: asyncio.AbstractEventLoop) -> T:
    future: asyncio.Future[T] = loop.create_future()
    threading.Thread(target=_deliver, args=(work, future, loop), name="fetch", daemon=True).start()
    return await future


def _deliver(work: Callable[[], T], future: asyncio.Future[T], loop: asyncio.AbstractEventLoop) -> None:
    try:
        given = work()
    except BaseException as error:  # noqa: BLE001 - whatever it was belongs to whoever awaits
        loop.call_soon_threadsafe(_settle, future.set_exception, future, error)
    else:
        loop.call_soon_threadsafe(_settle, future.set_result, future, given)


def _settle(act: Callable[[Any], None], future: asyncio.Future[Any], given: Any) -> None:
    if not future.done():
        act(given)


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
