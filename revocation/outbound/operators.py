"""Queries to DNS servers whose address the operator wrote into the settings: the one exemption from the guard (O8).

The primary name server that accepts updates is often private. No customer can choose or change it: the settings hold
its IP address, to which the portal connects without a look-up. Resolvers are configured in the same way.
"""

from __future__ import annotations

import socket
import struct
import time

import dns.exception
import dns.message
import dns.rcode
import dns.tsig


class NotAnswered(Exception):
    """The server could not be asked, or its answer is of no use. `str()` says what happened."""


def ask(query: dns.message.Message, server: tuple[str, int], seconds: float) -> dns.message.Message:
    """Send one message by TCP to exactly this address and return the answer, within `seconds`.

    The answer to a signed query is verified. Only a refusal may be unsigned: servers that do not know the zone or the
    key send such refusals. Raises `NotAnswered`, or `dns.tsig.PeerError` if the server rejects the signature (RFC 8945
    section 5.2).
    """
    address, port = server
    try:
        wire = query.to_wire()
        return _read(query, _exchanged(wire, server, time.monotonic() + seconds))
    except dns.tsig.PeerError:
        raise
    except TimeoutError:
        raise NotAnswered(f"{address} did not answer within {seconds:g} seconds") from None
    except (dns.exception.DNSException, EOFError) as error:
        raise NotAnswered(f"the answer of {address} cannot be used ({type(error).__name__})") from None
    except OSError as error:
        raise NotAnswered(f"{address}, port {port}: {error.strerror or error}") from None


def _exchanged(wire: bytes, server: tuple[str, int], deadline: float) -> bytes:
    """Send a message and return the bytes of the answer. Two bytes of length precede each (RFC 1035 section 4.2.2)."""
    with socket.create_connection(server, timeout=_left(deadline)) as connection:
        connection.sendall(struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", _received(connection, 2, deadline))
        return _received(connection, length, deadline)


def _received(connection: socket.socket, count: int, deadline: float) -> bytes:
    data = b""
    while len(data) < count:
        connection.settimeout(_left(deadline))
        part = connection.recv(count - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _read(query: dns.message.Message, wire: bytes) -> dns.message.Message:
    try:
        reply = dns.message.from_wire(wire, keyring=query.keyring, request_mac=query.mac)
    except dns.exception.FormError:
        reply = dns.message.from_wire(wire, keyring=False)
        if reply.had_tsig or reply.rcode() == dns.rcode.NOERROR:
            raise
    if not query.is_response(reply):
        raise dns.exception.FormError
    return reply
