"""One question to one name server over UDP or TCP, within a bound, and never too many at a time (threats 14, 16)."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import replace

import dns.exception
import dns.message
import dns.rcode

from revocation.outbound.dns.datagrams import datagrams
from revocation.outbound.dns.plain import read_plain
from revocation.outbound.dns.reply import Query, Reply, reply_of

Server = tuple[str, int]
"""IP address and port."""

Transport = Callable[[Query, Server, float], Awaitable[Reply]]
"""What asks a server, until the loop's time is so late."""

SOCKETS = 512
"""Questions in flight, to all servers together."""

MAX_TCP = 64 * 1024

_turns: weakref.WeakValueDictionary[object, asyncio.Semaphore] = weakref.WeakValueDictionary()
"""Only the semaphores in use are remembered, so memory does not grow with the number of servers."""


class NoReply(Exception):
    """No usable answer came in time.

    `malformed`: something came that is no answer. `truncated`: by UDP the server refers to TCP, but by TCP it gives no
    answer.
    """

    def __init__(self, *, malformed: bool = False, truncated: bool = False) -> None:
        self.malformed, self.truncated = malformed, truncated
        super().__init__("malformed" if malformed else "truncated" if truncated else "timed out")


async def exchange(query: Query, server: Server, seconds: float) -> Reply:
    """Return the server's answer to `query`, by TCP if it was truncated by UDP (RFC 7766). Raises NoReply."""
    until = asyncio.get_running_loop().time() + seconds
    truncated = False
    try:
        with contextlib.suppress(dns.message.Truncated):
            return await _asked(query, server, until, _by_udp)
        truncated = True
        return await _asked(query, server, until, _by_tcp)
    except (TimeoutError, OSError, EOFError):  # OSError: refused by ICMP, no route
        raise NoReply(truncated=truncated) from None
    except dns.exception.DNSException:
        raise NoReply(malformed=True) from None


def turn(server: Server, at_once: int) -> tuple[asyncio.Semaphore, asyncio.Semaphore]:
    """Return what a caller holds while it asks `server`: its place there, and its place among all that ask.

    Fewer than `at_once` questions are in flight to `server`, and fewer than SOCKETS to all together. The time of an
    exchange counts only from then on, since the server did not cause this wait.
    """
    return _places(server, at_once), _places(None, SOCKETS)


async def _asked(query: Query, server: Server, until: float, sent: Transport) -> Reply:
    reply = await sent(query, server, until)
    if reply.rcode != dns.rcode.FORMERR or reply.edns:
        return reply
    # a server from before 1999, without EDNS (RFC 6891 section 7)
    return await sent(replace(query, edns=False), server, until)


def read_reply(packet: bytes, query: Query, *, whole: bool = False) -> Reply:
    """Return the reply that `packet` is to `query`. `whole`: it is as long as the server may answer.

    Raises `dns.message.Truncated` if it refers to TCP, `dns.exception.DNSException` if it is none.
    """
    if plain := read_plain(packet, query):
        return plain
    asked = dns.message.from_wire(query.wire)
    try:
        message = dns.message.from_wire(packet, raise_on_truncation=not whole)
    except dns.message.Truncated as truncated:
        if asked.is_response(truncated.message()):  # type: ignore[no-untyped-call]
            raise
        raise dns.exception.FormError from None
    except ValueError:
        raise dns.exception.FormError from None
    if not asked.is_response(message):
        raise dns.exception.FormError
    return reply_of(message, packet)


async def _by_udp(query: Query, server: Server, until: float) -> Reply:
    return await datagrams().ask(query.wire, server, lambda packet: read_reply(packet, query), until)


async def _by_tcp(query: Query, server: Server, until: float) -> Reply:
    async with asyncio.timeout_at(until):
        reader, writer = await asyncio.open_connection(*server, limit=MAX_TCP)
        try:
            wire = query.wire
            writer.write(struct.pack("!H", len(wire)) + wire)
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            return read_reply(await reader.readexactly(length), query, whole=True)
        finally:
            writer.close()


def _places(key: object, places: int) -> asyncio.Semaphore:
    key = (id(asyncio.get_running_loop()), key)
    found = _turns.get(key)
    if found is None:
        found = _turns[key] = asyncio.Semaphore(places)
    return found
