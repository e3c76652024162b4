"""The scan by a real clamd, with a signature database of our own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from revocation.letters.clamd import Clamd, ScanFailed
from tests.letters.corpus import with_comment
from tests.letters.made import good

pytestmark = pytest.mark.process

BAD = b"certportal-test-signature-0123456789"
INSTALL = "apt-get install --no-install-recommends clamav-daemon"


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Start clamd as a child of the tests, which ends with them. Yields its socket."""
    if shutil.which("clamd") is None:
        if os.environ.get("CI"):
            pytest.fail(f"clamd is missing: {INSTALL}")
        pytest.skip(f"clamd is missing: {INSTALL}")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "own.ndb").write_text(f"Certportal.Test:0:*:{BAD.hex()}\n")
    socket_path = folder / "clamd.ctl"
    user = "root" if os.getuid() == 0 else os.environ.get("USER", "nobody")
    (folder / "clamd.conf").write_text(
        f"LocalSocket {socket_path}\nDatabaseDirectory {folder}\nForeground yes\nUser {user}\n"
        f"StreamMaxLength 2M\nLogFile {folder}/log\n"
    )
    process = subprocess.Popen(["clamd", "-c", str(folder / "clamd.conf")], stdout=subprocess.DEVNULL)
    for _ in range(300):
        if socket_path.exists():
            break
        time.sleep(0.1)
    yield socket_path
    process.terminate()
    process.wait()


def test_clean_found_and_too_large(clamd: Path) -> None:
    scanner = Clamd.at(f"unix:{clamd}", 20)
    assert scanner.scan(good("jpg")) == ""
    assert scanner.scan(with_comment(BAD * 2)) == "Certportal.Test.UNOFFICIAL"
    with pytest.raises(ScanFailed):
        scanner.scan(bytes(3 * 1024 * 1024))


def test_nobody_there_is_no_verdict(tmp_path: Path) -> None:
    for address in (f"unix:{tmp_path}/nothing", "127.0.0.1:1"):
        with pytest.raises(ScanFailed):
            Clamd.at(address, 1).scan(b"x")


@pytest.mark.parametrize("answer", [b"", b"stream: OK but\0", b"INSTREAM size limit exceeded. ERROR\0", b"\xff" * 9000])
def test_an_odd_answer_is_no_verdict(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def reply() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=reply)
        thread.start()
        with pytest.raises(ScanFailed):
            Clamd(listener.getsockname(), 5).scan(b"x" * 100)
        thread.join()


def test_a_scanner_that_never_answers_costs_its_time_and_no_more() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        begun = time.monotonic()
        with pytest.raises(ScanFailed):
            Clamd(listener.getsockname(), 0.5).scan(b"x")
        assert time.monotonic() - begun < 20


@pytest.mark.parametrize("text", ["", "clamd", "host:", "host:0", "host:99999", ":3310"])
def test_addresses_that_are_none(text: str) -> None:
    with pytest.raises(ValueError):
        Clamd.at(text, 1)


def test_addresses() -> None:
    assert Clamd.at("[::1]:3310", 1).address == ("::1", 3310)
    assert Clamd.at("unix:/run/clamd.ctl", 1).address == "/run/clamd.ctl"
