"""Sockets that connect to exactly one address and end at a deadline (rule O8, threats 14 and 16)."""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import time
from collections.abc import Iterator
from ipaddress import ip_address

from revocation.outbound.failure import FetchFailed
from revocation.outbound.targets import Address


class Deadline:
    """The end of a fetch, `seconds` from now, for everything that it does."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self, host: str) -> float:
        """Return the seconds that are left, always more than 0. Raises FetchFailed `timed_out`, which names `host`."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise FetchFailed("timed_out", host=host, seconds=self.seconds)
        return left


def connected(address: Address, port: int, host: str, deadline: Deadline) -> socket.socket:
    """Return a socket connected to exactly `address`, which was checked before. Raises FetchFailed."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    connection = socket.socket(family, socket.SOCK_STREAM)
    with _closed_on_failure(connection):
        connection.settimeout(deadline.left(host))
        _connect(connection, address, port, host, deadline)
    return connection


def secured(connection: socket.socket, host: str, deadline: Deadline, *, verify: bool) -> ssl.SSLSocket:
    """Start TLS on `connection`, with `host` as server name. Raises FetchFailed, and then closes the connection."""
    with _closed_on_failure(connection):
        connection.settimeout(deadline.left(host))
        try:
            return _context(verify).wrap_socket(connection, server_hostname=host)
        except TimeoutError:
            raise FetchFailed("timed_out", host=host, seconds=deadline.seconds) from None
        except (OSError, ValueError):  # ValueError: a host that cannot be a server name
            raise FetchFailed("tls_failed", host=host) from None


class BoundedStream(io.RawIOBase):
    """A stream that reads at most an allowed count of bytes from a socket, until the deadline however slow they are."""

    def __init__(self, connection: socket.socket, host: str, deadline: Deadline) -> None:
        self._connection, self._host, self._deadline = connection, host, deadline
        self.allow(0, "headers_too_large")

    def allow(self, count: int, overrun: str) -> None:
        """Allow `count` more bytes to be read. The next one after them raises FetchFailed with the code `overrun`."""
        self._left = self._limit = count
        self._overrun = overrun

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # what io really passes
        if self._left <= 0:
            raise FetchFailed(self._overrun, host=self._host, limit=self._limit)
        self._connection.settimeout(self._deadline.left(self._host))
        try:
            count = self._connection.recv_into(buffer[: self._left])
        except TimeoutError:
            raise FetchFailed("timed_out", host=self._host, seconds=self._deadline.seconds) from None
        except OSError:
            raise FetchFailed("connection_lost", host=self._host) from None
        self._left -= count
        return count


@contextlib.contextmanager
def _closed_on_failure(connection: socket.socket) -> Iterator[None]:
    try:
        yield
    except FetchFailed:
        connection.close()
        raise


def _connect(connection: socket.socket, address: Address, port: int, host: str, deadline: Deadline) -> None:
    try:
        connection.connect((str(address), port))
        _check_peer(connection, address)
    except TimeoutError:
        raise FetchFailed("timed_out", host=host, seconds=deadline.seconds) from None
    except ConnectionRefusedError:
        raise FetchFailed("connection_refused", address=str(address), port=port) from None
    except OSError:
        raise FetchFailed("connection_failed", address=str(address), port=port) from None


def _check_peer(connection: socket.socket, address: Address) -> None:
    peer = connection.getpeername()[0]
    if ip_address(peer) != address:
        raise FetchFailed("peer_differs", peer=peer, address=str(address))


def _context(verify: bool) -> ssl.SSLContext:
    """Return a context that checks as browsers do, or one that accepts any certificate and any old version (O6)."""
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        context.set_ciphers("ALL:@SECLEVEL=0")
    return context
