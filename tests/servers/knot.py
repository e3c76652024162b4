"""A real name server, Knot DNS, on a free port of 127.0.0.1, that takes signed updates of its zones (RFC 2136)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode
import pytest

from tests.servers.dns_server import unused_udp_port

KNOT = shutil.which("knotd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
INSTALL = "apt-get install --no-install-recommends knot"
KEY_NAME, SECRET = "portal.", "c2VjcmV0LW9mLXRoZS10ZXN0cy0wMTIzNDU2Nzg5YWI="
OTHER_SECRET = "YW5vdGhlci1zZWNyZXQtb2YtdGhlLXRlc3RzLTAxMjM="

CONFIG = """
server:
    rundir: {folder}
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: stderr
    any: warning
database:
    storage: {folder}/db
key:
  - id: {key}
    algorithm: hmac-sha256
    secret: {secret}
  - id: reader.
    algorithm: hmac-sha256
    secret: {secret}
acl:
  - id: updates
    key: {key}
    action: update
template:
  - id: default
    storage: {folder}
    acl: updates
zone:
"""
ZONE = """$TTL 60
@ SOA ns.{zone}. admin.{zone}. 1 3600 600 86400 60
@ NS ns.{zone}.
ns A 127.0.0.1
@ A 127.0.0.1
www A 127.0.0.1
{more}
"""


class Knot:
    """The name server. `zones`: name → further lines of its zone file."""

    def __init__(self, folder: Path, zones: dict[str, str]) -> None:
        self.port = unused_udp_port()
        (folder / "db").mkdir()
        config = CONFIG.format(folder=folder, port=self.port, key=KEY_NAME, secret=SECRET)
        for zone, more in zones.items():
            (folder / f"{zone}.zone").write_text(ZONE.format(zone=zone, more=more))
            config += f"  - domain: {zone}\n    file: {zone}.zone\n"
        (folder / "knot.conf").write_text(config)
        self._folder, self._zones = folder, list(zones)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def options(self, **changed: object) -> dict[str, object]:
        """Return an entry of DNS_PROVIDERS for this server."""
        own = {"driver": "rfc2136", "server": self.address, "zones": self._zones}
        return own | {"key_name": KEY_NAME, "key_secret": SECRET} | changed

    def __enter__(self) -> Knot:
        if KNOT is None:
            (pytest.fail if os.environ.get("CI") else pytest.skip)(f"Knot DNS is missing: {INSTALL}")
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen([KNOT, "-c", str(self._folder / "knot.conf")], stdout=log, stderr=log)
        for _ in range(100):
            if self._is_up():
                return self
            time.sleep(0.05)
        self.__exit__()
        pytest.fail(f"Knot DNS did not come up:\n{(self._folder / 'log').read_text()}")

    def __exit__(self, *_: object) -> None:
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(timeout=20)
            self._process = None

    def _is_up(self) -> bool:
        try:
            return self.ask(self._zones[-1], "SOA") != ()
        except (dns.exception.DNSException, OSError):
            return False

    def ask(self, name: str, kind: str) -> tuple[str, ...]:
        """Return what is served there now, in zone-file text. It is empty for NXDOMAIN."""
        reply = dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", 1.0, self.port)
        assert reply.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN), reply
        return tuple(str(rdata) for rrset in reply.answer for rdata in rrset)
