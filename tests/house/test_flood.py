"""Threat 2 through a real gunicorn: a stream without an end, and lengths that lie, are cut off and not kept."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgresql import free_port

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
GIB = 1024**3
PIECE = b"x" * 65536
HEAD = (
    "POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: csrftoken={token}\r\n"
    "Content-Type: multipart/form-data; boundary=b\r\n{length}\r\n\r\n"
)
PART = b'--b\r\nContent-Disposition: form-data; name="letter"; filename="a.pdf"\r\n\r\n'


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """A web server with two threads whose temporary files go where we can count them."""
    (tmp_path / "tmp").mkdir()
    chosen = free_port()
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/flood.sqlite3",
        "TMPDIR": str(tmp_path / "tmp"),
        "ALLOWED_HOSTS": '["127.0.0.1"]',
    }
    command = [sys.executable, "-m", "gunicorn", "certportal.wsgi", "--bind", f"127.0.0.1:{chosen}", "--threads", "2"]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--no-control-socket"], cwd=ROOT, env=environment, stdout=log, stderr=log)
        for _ in range(600):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", chosen), 1).close()
                break
            time.sleep(0.1)
        yield chosen
        process.terminate()
        process.wait()


def sent_until_cut_off(port: int, length: str, piece: bytes) -> tuple[int, float]:
    """Send until the server cuts the connection off. Returns the bytes that were sent and the seconds it took."""
    head = HEAD.format(token="a" * 32, length=length).encode()
    begun, sent = time.monotonic(), 0
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.settimeout(30)
        with contextlib.suppress(OSError):
            connection.sendall(head)
            while sent < GIB:
                connection.sendall(piece)
                sent += len(piece)
    return sent, time.monotonic() - begun


@pytest.mark.parametrize(
    ("length", "piece"),
    [
        (f"Content-Length: {GIB}", PART + PIECE),
        ("Transfer-Encoding: chunked", f"{len(PART + PIECE):x}\r\n".encode() + PART + PIECE + b"\r\n"),
    ],
    ids=["told", "chunked"],
)
def test_threat_2_a_stream_of_a_gibibyte_is_cut_off(port: int, tmp_path: Path, length: str, piece: bytes) -> None:
    sent, seconds = sent_until_cut_off(port, length, piece)
    assert sent < 128 * 1024 * 1024
    assert seconds < 30
    kept = sum(file.stat().st_size for file in (tmp_path / "tmp").rglob("*") if file.is_file())
    assert kept <= 2 * 1024 * 1024


def test_threat_2_a_length_that_promises_too_much_holds_nobody_up(port: int) -> None:
    """The client announces more than it sends, and leaves. The next clients are served."""
    with socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.sendall(HEAD.format(token="a" * 32, length="Content-Length: 5000").encode() + PART)
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", port), 20) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert connection.recv(64).startswith(b"HTTP/1.1")
