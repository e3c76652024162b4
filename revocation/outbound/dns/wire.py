"""One question to one name server over UDP or TCP, within a bound, and never too many at a time (threats 14, 16)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import weakref
from collections.abc import AsyncIterator, Awaitable, Callable

import dns.exception
import dns.message
import dns.rcode

Server = tuple[str, int]
"""IP address and port."""

Transport = Callable[[dns.message.Message, bytes, Server], Awaitable[dns.message.Message]]

EDNS_PAYLOAD = 1232
"""Bytes that fit into one packet everywhere, without fragments (DNS flag day 2020)."""

SOCKETS = 512
"""Questions in flight, to all servers together."""

OPT = 41
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


async def exchange(query: dns.message.Message, server: Server, seconds: float) -> dns.message.Message:
    """Return the server's answer to `query`, by TCP if it was truncated by UDP (RFC 7766). Raises NoReply."""
    until = asyncio.get_running_loop().time() + seconds
    truncated = False
    try:
        async with asyncio.timeout_at(until):
            with contextlib.suppress(dns.message.Truncated):
                return await _asked(query, server, _by_udp)
        truncated = True
        async with asyncio.timeout_at(until):
            return await _asked(query, server, _by_tcp)
    except (TimeoutError, OSError, EOFError):  # OSError: refused by ICMP, no route
        raise NoReply(truncated=truncated) from None
    except dns.exception.DNSException:
        raise NoReply(malformed=True) from None


@contextlib.asynccontextmanager
async def turn(server: Server, at_once: int) -> AsyncIterator[None]:
    """Wait until fewer than `at_once` questions are in flight to `server`, and fewer than SOCKETS to all together.

    The time of an exchange counts only from then on, since the server did not cause this wait.
    """
    async with _places(server, at_once), _places(None, SOCKETS):
        yield


async def _asked(query: dns.message.Message, server: Server, sent: Transport) -> dns.message.Message:
    reply = await sent(query, encoded(query), server)
    if reply.rcode() != dns.rcode.FORMERR or reply.edns >= 0:
        return reply
    plain = _without_edns(query)  # a server from before 1999, without EDNS (RFC 6891 section 7)
    return await sent(plain, plain.to_wire(), server)


def _without_edns(query: dns.message.Message) -> dns.message.Message:
    question = query.question[0]
    plain = dns.message.make_query(question.name, question.rdtype, use_edns=False)
    plain.flags = query.flags
    return plain


def encoded(query: dns.message.Message) -> bytes:
    """Return what `query.to_wire()` gives for a plain question with EDNS, at a tenth of its cost.

    `to_wire()` is a good part of the cost of a look-up (RFC 1035 section 4.1, RFC 6891 section 6.1.2).
    """
    question = query.question[0]
    head = struct.pack("!HHHHHH", query.id, query.flags, 1, 0, 0, 1)
    asked = b"".join(bytes((len(label),)) + label for label in question.name.labels)
    kind = struct.pack("!HH", question.rdtype, question.rdclass)
    edns = struct.pack("!BHHIH", 0, OPT, query.payload, query.ednsflags, 0)
    return head + asked + kind + edns


async def _by_udp(query: dns.message.Message, wire: bytes, server: Server) -> dns.message.Message:
    """Ask by UDP from a fresh random port. Datagrams that do not fit are skipped, since anybody may forge them.

    The connected socket receives datagrams of this server only.
    """
    loop = asyncio.get_running_loop()
    family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as connection:
        connection.connect(server)
        connection.send(wire)
        while True:
            try:
                reply = dns.message.from_wire(await loop.sock_recv(connection, 65535), raise_on_truncation=True)
            except dns.message.Truncated as truncated:
                if query.is_response(truncated.message()):  # type: ignore[no-untyped-call]
                    raise
                continue
            except (dns.exception.DNSException, ValueError):
                continue
            if query.is_response(reply):
                return reply


async def _by_tcp(query: dns.message.Message, wire: bytes, server: Server) -> dns.message.Message:
    reader, writer = await asyncio.open_connection(*server, limit=MAX_TCP)
    try:
        writer.write(struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", await reader.readexactly(2))
        reply = dns.message.from_wire(await reader.readexactly(length))
    finally:
        writer.close()
    if not query.is_response(reply):
        raise dns.exception.FormError
    return reply


def _places(key: object, places: int) -> asyncio.Semaphore:
    key = (id(asyncio.get_running_loop()), key)
    found = _turns.get(key)
    if found is None:
        found = _turns[key] = asyncio.Semaphore(places)
    return found
