"""An ACME server that answers a revocation with what the test says: every refusal, and lies."""

from __future__ import annotations

import base64
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from revocation.authorities.acme.driver import AcmeDriver

Answer = tuple[int, dict[str, str], bytes] | Callable[["Handler"], None]


def problem(code: str, status: int = 400, **headers: str) -> Answer:
    """Return a refusal as RFC 8555 section 6.7 wants it. `_` in the names of headers stands for `-`."""
    body = {"type": f"urn:ietf:params:acme:error:{code}", "detail": f"told to say {code}"}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"Content-Type": "application/problem+json", **named}, json.dumps(body).encode()


DONE: Answer = (200, {}, b"")


@dataclass
class Scripted:
    """The script of a server. `answers`: to revocations in turn, the last one for ever. `asked`: payloads that came."""

    folder: Path
    url: str = ""
    answers: list[Answer] = field(default_factory=lambda: [DONE])
    directory: Answer | None = None
    asked: list[dict[str, object]] = field(default_factory=list)

    def driver(self, **more: Any) -> AcmeDriver:
        options = {"directory": f"{self.url}/dir", "ca_bundle": str(self.folder / "ca.pem"), **more}
        return AcmeDriver("scripted", "Scripted CA", **options)

    @property
    def reasons(self) -> list[object]:
        return [payload["reason"] for payload in self.asked]


class Handler(BaseHTTPRequestHandler):
    script: Scripted
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        url = self.script.url
        found = {name: f"{url}/{name}" for name in ("newNonce", "newAccount", "revokeCert", "keyChange", "newOrder")}
        self.give(self.script.directory or (200, {"Content-Type": "application/json"}, json.dumps(found).encode()))

    def do_HEAD(self) -> None:
        self.give((200, {}, b""))

    def do_POST(self) -> None:
        jws = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/newAccount":
            self.give((201, {"Location": f"{self.script.url}/account/1"}, b"{}"))
            return
        payload = jws["payload"]
        self.script.asked.append(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))
        answers = self.script.answers
        self.give(answers.pop(0) if len(answers) > 1 else answers[0])

    def give(self, answer: Answer) -> None:
        if callable(answer):
            answer(self)
            return
        status, headers, body = answer
        self.send_response(status)
        for name, value in {"Replay-Nonce": "bm9uY2U", "Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Log nothing."""


def hang_up(handler: Handler) -> None:
    """Close the connection without an answer: nobody learns whether it is done."""
    handler.connection.close()


def drip(handler: Handler) -> None:
    """Send one byte of a long body at a time."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000000")
    handler.end_headers()
    try:
        for _ in range(400):
            handler.wfile.write(b" ")
            time.sleep(0.05)
    except OSError:
        return


def drip_headers(handler: Handler) -> None:
    """Send a header without end, one byte at a time."""
    try:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(400):
            handler.wfile.write(b"x")
            time.sleep(0.05)
    except OSError:
        return


def flood(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(4000):
            handler.wfile.write(bytes(64 * 1024))
    except OSError:
        return


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore errors: clients that go away are what is tested."""


@contextmanager
def scripted_acme(folder: Path) -> Iterator[Scripted]:
    """Run such a server. Its certificate is ca.pem in `folder`."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", "key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=acme"]
    names = ["-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, *files, *names], cwd=folder, check=True, capture_output=True)
    script = Scripted(folder)
    with Quiet(("127.0.0.1", 0), type("Bound", (Handler,), {"script": script})) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "ca.pem", folder / "key.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        script.url = f"https://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield script
        server.shutdown()
        thread.join()
