"""The one event loop of this process, on which everything asynchronous of `outbound` runs.

It runs in a thread of its own, which starts when first needed (after a web server's fork). Synchronous code in any
thread may use it, and hundreds of look-ups wait together without a thread each.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

_lock = threading.Lock()
_loops: dict[int, asyncio.AbstractEventLoop] = {}
"""Process id -> loop. A forked child inherits the entry, but not the thread."""

_free_threads: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = weakref.WeakKeyDictionary()


def network_loop() -> asyncio.AbstractEventLoop:
    """Return the running loop of this process, and start it if it does not run yet."""
    with _lock:
        loop = _loops.get(os.getpid())
        if loop is None:
            loop = _loops[os.getpid()] = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="network", daemon=True).start()
        return loop


def submit(work: Coroutine[Any, Any, T]) -> Future[T]:
    """Start `work`. Any other thread may wait for the future, or cancel it."""
    return asyncio.run_coroutine_threadsafe(work, network_loop())


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` for synchronous code and return its result.

    Raises RuntimeError on the loop itself, which would wait for itself.
    """
    loop = network_loop()
    if _running() is loop:
        work.close()
        raise RuntimeError("asynchronous code awaits instead of calling a synchronous function")
    return asyncio.run_coroutine_threadsafe(work, loop).result()


async def together(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run all `works` at the same time and return their results in order.

    A single one is awaited here: a task for it would cost half as much as a look-up.
    """
    each = list(works)
    return [await each[0]] if len(each) == 1 else list(await asyncio.gather(*each))


THREADS = 600
"""Threads of blocking work at once. A thread that waits costs some 50 KB."""


async def in_thread(work: Callable[[], T]) -> T:
    """Run blocking `work` in a thread of its own, which does not keep the process from ending.

    A thread pool would not do: the process waits for a pool's threads at its end, and these may wait for a slow server.
    If the caller is cancelled, the thread goes on until its own time limit, and keeps its place until then.
    """
    loop = asyncio.get_running_loop()
    places = _free_threads.setdefault(loop, asyncio.Semaphore(THREADS))
    await places.acquire()
    future: asyncio.Future[T] = loop.create_future()
    try:
        threading.Thread(target=_deliver, args=(work, future, places, loop), name="fetch", daemon=True).start()
    except BaseException:
        places.release()
        raise
    return await future


def _deliver(
    work: Callable[[], T], future: asyncio.Future[T], places: asyncio.Semaphore, loop: asyncio.AbstractEventLoop
) -> None:
    try:
        given = work()
    except BaseException as error:  # noqa: BLE001 - the caller that awaits gets any error
        loop.call_soon_threadsafe(_settle, future.set_exception, future, error, places)
    else:
        loop.call_soon_threadsafe(_settle, future.set_result, future, given, places)


def _settle(act: Callable[[Any], None], future: asyncio.Future[Any], given: Any, places: asyncio.Semaphore) -> None:
    places.release()
    if not future.done():
        act(given)


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
