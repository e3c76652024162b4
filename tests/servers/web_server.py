"""Small HTTP(S) servers for tests that behave as badly as told, and count who connects."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PUBLIC = "127.0.0.2"
"""Stands for a public address: tests allow it as a test network. FORBIDDEN stays forbidden."""

FORBIDDEN = "127.0.0.1"

Behaviour = Callable[[socket.socket, threading.Event], None]


def response(body: bytes = b"", status: int = 200, **headers: str) -> bytes:
    """Return a whole HTTP response. `_` in the names of headers stands for `-`."""
    lines = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {text}" for name, text in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(location: str, status: int = 302) -> bytes:
    return response(status=status, Location=location)


class WebServer:
    """Answers each path of `pages` with these bytes or this behaviour, everything else with 404.

    `connections` counts accepted connections, `requests` keeps the bytes of each request, `server_names` the TLS
    names.
    """

    def __init__(self, address: str = PUBLIC, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, bytes | Behaviour] = {}
        self.otherwise: bytes | Behaviour = response(b"nothing here", 404)
        self.connections = 0
        self.ended = 0
        self.requests: list[bytes] = []
        self.server_names: list[str | None] = []
        self.before_tls: Behaviour | None = None
        self._stopping = threading.Event()
        self._tls = tls
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: self.server_names.append(name)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, port), family=family)
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> WebServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._listener.shutdown(socket.SHUT_RDWR)  # wakes accept()
        self._thread.join()
        self._listener.close()

    def _serve(self) -> None:
        workers: list[threading.Thread] = []
        while not self._stopping.is_set():
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                self.connections += 1
                workers.append(threading.Thread(target=self._answer, args=(connection,), daemon=True))
                workers[-1].start()
        for worker in workers:
            worker.join(5)

    def _answer(self, connection: socket.socket) -> None:
        try:
            self._serve_one(connection)
        finally:
            self.ended += 1

    def _serve_one(self, connection: socket.socket) -> None:
        connection.settimeout(5)
        with contextlib.suppress(OSError), connection:
            if self.before_tls is not None:
                self.before_tls(connection, self._stopping)
                return
            if self._tls is None:
                self._converse(connection)
                return
            with self._tls.wrap_socket(connection, server_side=True) as secured:
                self._converse(secured)

    def _converse(self, connection: socket.socket) -> None:
        request = b""
        try:
            while b"\r\n\r\n" not in request and (more := connection.recv(65536)):
                request += more
        finally:  # also where the other side hung up in the middle
            self.requests.append(request)
        path = request.split(b" ")[1].decode() if request.count(b" ") > 1 else ""
        page = self.pages.get(path, self.otherwise)
        if callable(page):
            page(connection, self._stopping)
        else:
            connection.sendall(page)


@contextlib.contextmanager
def public_and_forbidden() -> Iterator[tuple[WebServer, WebServer]]:
    """Two servers on the same port: one at PUBLIC, one at FORBIDDEN that should count no connection."""
    while True:
        public = WebServer(PUBLIC)
        try:
            forbidden = WebServer(FORBIDDEN, public.port)
        except OSError:
            continue
        with public, forbidden:
            yield public, forbidden
        return


def dripping(start: bytes, drop: bytes = b"x", pause: float = 0.02) -> Behaviour:
    """Sends `start`, then `drop` for ever, with pauses."""

    def drip(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(start)
        while not stopping.wait(pause):
            connection.sendall(drop)

    return drip


def flooding(start: bytes, block: bytes = b"x" * 65536) -> Behaviour:
    """Sends `start`, then `block` for ever, as quickly as it is taken."""

    def flood(connection: socket.socket, stopping: threading.Event) -> None:
        connection.sendall(start)
        while not stopping.is_set():
            connection.sendall(block)

    return flood


def silent(connection: socket.socket, stopping: threading.Event) -> None:
    """Holds the connection open and says nothing."""
    stopping.wait(10)


def self_signed_context(name: str = "somebody-else.example") -> ssl.SSLContext:
    """Return a server's context with a self-signed certificate for `name`, which expired long ago."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + datetime.timedelta(days=9))
    certificate = builder.sign(key, hashes.SHA256())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    show(context, key, certificate.public_bytes(serialization.Encoding.PEM))
    return context


def show(context: ssl.SSLContext, key: ec.EllipticCurvePrivateKey, pem: bytes) -> None:
    """Show this certificate from the next handshake on."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "server.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + pem
        )
        context.load_cert_chain(file)
