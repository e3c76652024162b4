"""One HTTP/1.1 request and its answer over a connected socket, with everything bounded (threat 16)."""

from __future__ import annotations

import http.client
import io
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from revocation.outbound.failure import FetchFailed
from revocation.outbound.url import WebAddress
from revocation.outbound.wire import BoundedStream, Deadline

BUFFER_BYTES = 4096
CHUNK_FRAMES = 16
"""How many times longer chunk sizes and extensions may make a body on the wire (RFC 9112 section 7.1)."""


@dataclass(frozen=True)
class Request:
    """A request: GET if `body` is None, else POST with `content_type`. `extra`: headers made by the portal itself."""

    body: bytes | None = None
    content_type: str = ""
    user_agent: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"

    def encoded(self, address: WebAddress) -> bytes:
        """Return the request's bytes. They ask for no compression, and for the connection to close afterwards."""
        headers = {
            "Host": address.authority,
            "User-Agent": self.user_agent,
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        if self.body is not None:
            headers |= {"Content-Type": self.content_type, "Content-Length": str(len(self.body))}
        headers |= self.extra
        lines = [
            f"{self.method} {address.path} HTTP/1.1",
            *(f"{name}: {text}" for name, text in headers.items()),
        ]
        return "\r\n".join([*lines, "", ""]).encode("ascii") + (self.body or b"")


@dataclass(frozen=True)
class Limits:
    """The largest header and body of an answer, in bytes."""

    header: int
    body: int


@dataclass(frozen=True)
class HttpAnswer:
    """An answer. `headers` by lower-case name. `locations`: each Location header. `truncated`: the body was longer."""

    status: int
    headers: Mapping[str, str]
    locations: tuple[str, ...]
    body: bytes
    truncated: bool


def exchanged(
    connection: socket.socket, address: WebAddress, request: Request, limits: Limits, deadline: Deadline
) -> HttpAnswer:
    """Send `request` and read the answer. Raises FetchFailed. The caller closes the connection."""
    _send(connection, request.encoded(address), address.host, deadline)
    stream = BoundedStream(connection, address.host, deadline)
    stream.allow(limits.header, "headers_too_large")
    response = http.client.HTTPResponse(cast(socket.socket, _Readable(stream)), method=request.method)
    try:
        response.begin()
        stream.allow(limits.body * CHUNK_FRAMES + BUFFER_BYTES, "body_too_large")
        body = b"" if response.status in range(300, 400) else _body(response, limits.body)
    except (http.client.IncompleteRead, http.client.RemoteDisconnected):
        raise FetchFailed("connection_lost", host=address.host) from None
    except (http.client.HTTPException, ValueError):
        raise FetchFailed("answer_malformed", host=address.host) from None
    finally:
        response.close()
    headers = {name.lower(): text for name, text in response.headers.items()}
    locations = tuple(response.headers.get_all("Location", []))
    return HttpAnswer(response.status, headers, locations, body[: limits.body], len(body) > limits.body)


def _body(response: http.client.HTTPResponse, limit: int) -> bytes:
    """Read up to `limit` + 1 bytes of the body. Raises IncompleteRead if it ends before its announced length."""
    body = response.read(limit + 1)
    if response.length and len(body) <= limit:
        raise http.client.IncompleteRead(body, response.length)
    return body


def _send(connection: socket.socket, request: bytes, host: str, deadline: Deadline) -> None:
    connection.settimeout(deadline.left(host))
    try:
        connection.sendall(request)
    except TimeoutError:
        raise FetchFailed("timed_out", host=host, seconds=deadline.seconds) from None
    except OSError:
        raise FetchFailed("connection_lost", host=host) from None


class _Readable:
    """A stand-in for a socket, with the one method that HTTPResponse calls."""

    def __init__(self, stream: BoundedStream) -> None:
        self._stream = stream

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._stream, BUFFER_BYTES)
