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

import dns.dnssec
import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rdataclass
import dns.rdatatype
import pytest

INSTALL = "apt-get install --no-install-recommends knot"
PUBLIC = "127.0.0.2"
"""Stands for a public address, as with the web servers."""


def require_knot() -> str:
    """Return the program. Without it the test is skipped, or fails in CI."""
    program = shutil.which("knotd") or "/usr/sbin/knotd"
    if not Path(program).exists():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"knot is not installed: {INSTALL}")
    return program


def free_port(address: str) -> int:
    """Return a port of the address that is free for UDP and TCP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind((address, 0))
            port = int(udp.getsockname()[1])
            with suppress(OSError):
                tcp.bind((address, port))
                return port


def _policy_name(opt_out: bool) -> str:
    return "optout" if opt_out else "full"


def _policy(opt_out: bool) -> list[str]:
    return [
        f"  - id: {_policy_name(opt_out)}",
        "    algorithm: ecdsap256sha256",
        "    single-type-signing: on",
        "    nsec3: on",
        "    nsec3-salt-length: 4",
        f"    nsec3-opt-out: {'on' if opt_out else 'off'}",
    ]


class ZoneServer:
    """Serves `zones` (origin without final dot → zone-file text) at `address`, one port for UDP and TCP. The server
    signs those in `nsec3` itself: origin → whether unsigned delegations are left out (opt-out, RFC 5155 section 6)."""

    def __init__(
        self, zones: Mapping[str, str], address: str = PUBLIC, port: int = 0, nsec3: Mapping[str, bool] | None = None
    ) -> None:
        self._program, self._nsec3 = require_knot(), nsec3 or {}
        self.address, self.port = address, port or free_port(address)
        self.folder = Path(tempfile.mkdtemp(prefix="certportal-knot-"))
        (self.folder / "db").mkdir()  # its keys
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
            "policy:",
            *(line for opt_out in (False, True) for line in _policy(opt_out)),
            "zone:",
            *(line for origin in zones for line in self._zone(origin)),
        ]
        return "\n".join([*lines, ""])

    def _zone(self, origin: str) -> list[str]:
        lines = [f'  - domain: "{origin}."', f'    file: "{origin}.zone"']
        if origin in self._nsec3:
            lines += ["    dnssec-signing: on", f"    dnssec-policy: {_policy_name(self._nsec3[origin])}"]
        return lines

    def ds(self, origin: str) -> str:
        """The DS line for the parent of a zone that the server signs itself."""
        name, query = dns.name.from_text(origin), dns.message.make_query(origin, "DNSKEY", use_edns=0)
        until = time.monotonic() + 20
        while time.monotonic() < until:  # it signs in the background
            reply = dns.query.tcp(query, self.address, timeout=5, port=self.port)
            for key in reply.get_rrset(reply.answer, name, dns.rdataclass.IN, dns.rdatatype.DNSKEY) or ():
                return f"{origin}. DS {dns.dnssec.make_ds(name, key, 'SHA256').to_text()}"
            time.sleep(0.1)
        raise RuntimeError(f"{origin} was not signed: {(self.folder / 'log').read_text()}")

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
