"""Blocking work in threads: no more of them run than there are places."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest

from revocation.outbound import network


def test_a_thread_keeps_its_place_until_it_ends_although_nobody_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "THREADS", 1)
    began, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        began.set()
        may_end.wait(10)

    async def story() -> None:
        first = asyncio.create_task(network.in_thread(slow))
        while not began.is_set():
            await asyncio.sleep(0.01)
        first.cancel()
        with suppress(asyncio.CancelledError):
            await first
        second = asyncio.create_task(network.in_thread(lambda: "second"))
        done, _ = await asyncio.wait({second}, timeout=0.3)
        assert not done
        may_end.set()
        assert await asyncio.wait_for(second, 10) == "second"

    try:
        asyncio.run(story())
    finally:
        may_end.set()


def test_a_place_is_free_again_after_an_error_and_when_no_thread_can_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "THREADS", 1)

    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    async def story() -> None:
        with pytest.raises(ZeroDivisionError):
            await network.in_thread(lambda: 1 // 0)
        with monkeypatch.context() as patched:
            patched.setattr(threading.Thread, "start", refuse)
            with pytest.raises(RuntimeError, match="new thread"):
                await network.in_thread(lambda: None)
        assert await asyncio.wait_for(network.in_thread(lambda: "third"), 10) == "third"

    asyncio.run(story())
