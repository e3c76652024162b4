"""A real authoritative name server for tests: Debian's knot on loopback, with zones made for the purpose."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType

import dns.exception
import dns.message
import dns.query
import pytest

INSTALL = "apt-get install --no-install-recommends knot"
PUBLIC = "127.0.0.2"
"""Stands for a public address, as with the web servers."""


def require_knot() -> str:
    """The program; else skips, or fails where nothing may be missing."""
    program = shutil.which("knotd") or "/usr/sbin/knotd"
    if not Path(program).exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"knot is not installed: {INSTALL}")
    return program


def free_port(address: str) -> int:
    """Free for UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind((address, 0))
            port = int(udp.getsockname()[1])
            with suppress(OSError):
                tcp.bind((address, port))
                return port


class ZoneServer:
    """Serves `zones` (origin without final dot → zone-file text) at `address`, one port for UDP and TCP."""

    def __init__(self, zones: Mapping[str, str], address: str = PUBLIC, port: int = 0) -> None:
        self._program = require_knot()
        self.address, self.port = address, port or free_port(address)
        self.folder = Path(tempfile.mkdtemp(prefix="certportal-knot-"))
        for origin, text in zones.items():
            (self.folder / f"{origin}.zone").write_text(text)
        (self.folder / "knot.conf").write_text(self._configuration(zones))

    @property
    def nameservers(self) -> list[tuple[str, int]]:
        return [(self.address, self.port)]

    def _configuration(self, zones: Mapping[str, str]) -> str:
        lines = [
            "server:",
            f"    listen: {self.address}@{self.port}",
            f"    rundir: {self.folder}",
            "    udp-workers: 1",
            "    tcp-workers: 1",
            "    background-workers: 1",
            "log:",
            "  - target: stderr",
            "    any: warning",
            "database:",
            f"    storage: {self.folder}/db",
            "template:",
            "  - id: default",
            f"    storage: {self.folder}",
            "    semantic-checks: off",
            "    zonefile-load: whole",
            "zone:",
            *(f'  - domain: "{origin}."\n    file: "{origin}.zone"' for origin in zones),
        ]
        return "\n".join([*lines, ""])

    def __enter__(self) -> ZoneServer:
        command = [self._program, "-c", str(self.folder / "knot.conf")]
        self._log = (self.folder / "log").open("wb")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        self._wait()
        return self

    def _wait(self) -> None:
        until = time.monotonic() + 20
        query = dns.message.make_query("version.server.", "TXT", "CH")
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(dns.exception.DNSException, OSError):
                dns.query.udp(query, self.address, timeout=0.2, port=self.port)
                return
        raise RuntimeError(f"knot did not start: {(self.folder / 'log').read_text()}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)
