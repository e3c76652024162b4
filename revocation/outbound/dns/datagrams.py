"""Questions by UDP, each from a socket of its own with a random port, all watched together (threat 17).

The loop's own way to watch a socket costs twice as much processor time as the rest of a question. So the loop watches
one epoll instance for each thread that asks, and that one watches the sockets.
"""

from __future__ import annotations

import asyncio
import select
import socket
import weakref
from collections.abc import Callable
from typing import NamedTuple

import dns.exception
import dns.message

from revocation.outbound.dns.reply import Reply

Read = Callable[[bytes], Reply]
"""What reads a datagram as the awaited reply. Raises `dns.message.Truncated` if it is one that refers to TCP, and
another `dns.exception.DNSException` if it is none."""

LARGEST = 65535


class _Awaited(NamedTuple):
    connection: socket.socket
    read: Read
    reply: asyncio.Future[Reply]


class Datagrams:
    """The sockets of one event loop that wait for a reply."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._arrivals = select.epoll()
        self._awaited: dict[int, _Awaited] = {}
        loop.add_reader(self._arrivals.fileno(), self._read_all)

    async def ask(self, wire: bytes, server: tuple[str, int], read: Read, until: float) -> Reply:
        """Send `wire` to the server, and return the first datagram that `read` takes before `until` (the loop's time).

        Datagrams that it does not take are skipped, since anybody may forge them. The connected socket receives
        datagrams of this server only. Raises TimeoutError, OSError and `dns.message.Truncated`.
        """
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as connection:
            connection.connect(server)
            connection.send(wire)
            number = connection.fileno()
            reply: asyncio.Future[Reply] = loop.create_future()
            self._awaited[number] = _Awaited(connection, read, reply)
            self._arrivals.register(number, select.EPOLLIN)
            late = loop.call_at(until, _give_up, reply)
            try:
                return await reply
            finally:
                late.cancel()
                self._arrivals.unregister(number)  # a program that starts at this instant may hold a copy of it
                del self._awaited[number]

    def _read_all(self) -> None:
        for number, _ in self._arrivals.poll(0):
            awaited = self._awaited.get(number)
            if awaited is None or awaited.reply.done():
                continue  # it came together with another; the socket is about to be closed
            connection, read, reply = awaited
            try:
                reply.set_result(read(connection.recv(LARGEST)))
            except dns.message.Truncated as truncated:
                reply.set_exception(truncated)
            except (dns.exception.DNSException, BlockingIOError):  # a datagram that does not fit, or none after all
                continue
            except Exception as error:  # noqa: BLE001 - the caller gets any error, such as a refusal by ICMP
                reply.set_exception(error)


def _give_up(reply: asyncio.Future[Reply]) -> None:
    if not reply.done():
        reply.set_exception(TimeoutError())


_datagrams: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Datagrams] = weakref.WeakKeyDictionary()


def datagrams() -> Datagrams:
    """Return the sockets of the running loop."""
    loop = asyncio.get_running_loop()
    known = _datagrams.get(loop)
    if known is None:
        known = _datagrams[loop] = Datagrams(loop)
    return known
