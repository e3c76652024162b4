"""A virus scan by clamd, over its INSTREAM command (clamd(8)): the bytes go to the scanner, never to a file."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from typing import Self

CHUNK = 64 * 1024
LONGEST_ANSWER = 4096
FOUND = re.compile(r"stream: (.{1,200}) FOUND")
CLEAN = "stream: OK"
UNIX_SCHEME = "unix:"


class ScanFailed(Exception):
    """clamd did not answer, or not with a verdict. Nothing is known about the bytes."""


@dataclass(frozen=True)
class Clamd:
    """Where clamd listens. `timeout`: seconds for connecting, and for each piece sent or awaited."""

    address: str | tuple[str, int]
    timeout: float

    @classmethod
    def at(cls, text: str, timeout: float) -> Self:
        """Read an address: ``unix:/run/clamav/clamd.ctl`` or ``host:port``. Raises ValueError."""
        if text.startswith(UNIX_SCHEME):
            return cls(text.removeprefix(UNIX_SCHEME), timeout)
        host, _, port = text.rpartition(":")
        if not host or not 0 < int(port) < 65536:
            raise ValueError(text)
        return cls((host.strip("[]"), int(port)), timeout)

    def scan(self, data: bytes) -> str:
        """Scan `data`. Returns the name of what was found, or "". Raises ScanFailed."""
        try:
            with self._connected() as connection:
                return _verdict(_asked(connection, data))
        except OSError as error:
            raise ScanFailed(str(error)) from error

    def _connected(self) -> socket.socket:
        if isinstance(self.address, tuple):
            return socket.create_connection(self.address, self.timeout)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(self.timeout)
            connection.connect(self.address)
        except OSError:
            connection.close()
            raise
        return connection


def _asked(connection: socket.socket, data: bytes) -> str:
    connection.sendall(b"zINSTREAM\0")
    for start in range(0, len(data), CHUNK):
        piece = data[start : start + CHUNK]
        connection.sendall(len(piece).to_bytes(4, "big") + piece)
    connection.sendall(bytes(4))
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        piece = connection.recv(LONGEST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0").decode("utf-8", "replace").strip()


def _verdict(answer: str) -> str:
    if answer == CLEAN:
        return ""
    found = FOUND.fullmatch(answer)
    if not found:
        raise ScanFailed(answer)
    return found[1]
