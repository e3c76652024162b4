"""Sockets of DNS questions: a datagram for a question that is over is nobody's, and costs nothing (threat 17)."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest

from revocation.outbound.dns.datagrams import datagrams
from revocation.outbound.dns.reply import Reply


def test_a_late_datagram_to_a_socket_of_which_another_process_has_a_copy_wakes_nobody() -> None:
    """A program that starts in another thread holds a copy of every socket until its exec."""
    copies: list[int] = []
    woken: list[int] = []

    def read(packet: bytes) -> Reply:
        raise AssertionError("no reply was sent in time")

    async def ask() -> None:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        loop = asyncio.get_running_loop()
        own = datagrams()
        question = asyncio.create_task(own.ask(b"?", server.getsockname(), read, loop.time() + 0.05))
        await asyncio.sleep(0.01)
        copies.extend(os.dup(number) for number in own._awaited)
        _, asker = server.recvfrom(10)
        with pytest.raises(TimeoutError):
            await question
        server.sendto(b"late", asker)
        loop.set_exception_handler(lambda *_: woken.append(1))
        await asyncio.sleep(0.05)
        server.close()

    asyncio.run(ask())
    for number in copies:
        os.close(number)
    assert woken == []
