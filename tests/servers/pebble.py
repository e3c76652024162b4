"""Pebble, Let's Encrypt's ACME authority for tests, started on loopback: with real keys, orders and revocations."""

from __future__ import annotations

import json
import os
import shutil
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import josepy
import pytest
from acme import client, messages
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from revocation.authorities.acme.account import open_account
from revocation.authorities.acme.driver import AcmeDriver
from revocation.authorities.acme.network import Network
from tests.postgresql import free_port

INSTALL = "apt-get install --no-install-recommends pebble"


@dataclass
class Pebble:
    """A running Pebble. `folder` holds ca.pem, the self-signed certificate of its web server."""

    directory: str
    management: str
    folder: Path

    @property
    def entry(self) -> dict[str, object]:
        """An entry of AUTHORITIES."""
        bundle = str(self.folder / "ca.pem")
        return {"driver": "acme", "name": "Pebble", "directory": self.directory, "ca_bundle": bundle}

    def driver(self, slug: str = "pebble") -> AcmeDriver:
        return AcmeDriver(slug, "Pebble", self.directory, str(self.folder / "ca.pem"), frozenset({0, 1, 3, 4, 5, 9}))

    def says(self, certificate_der: bytes) -> dict[str, object]:
        """Return what Pebble itself has noted of a certificate: Status, Reason and more."""
        serial = x509.load_der_x509_certificate(certificate_der).serial_number
        context = ssl.create_default_context(cafile=str(self.folder / "ca.pem"))
        url = f"{self.management}/cert-status-by-serial/{serial:x}"
        with urllib.request.urlopen(url, context=context, timeout=5) as answer:
            found: dict[str, object] = json.load(answer)
        return found

    def order(self, csr_pem: bytes, slug: str = "pebble") -> tuple[bytes, bytes]:
        """Order a certificate with the portal's account. Returns (certificate, its issuer) in DER."""
        speaks = open_account(self.driver(slug), seconds=60)
        return _issued(speaks, csr_pem)

    def order_elsewhere(self, csr_pem: bytes) -> tuple[bytes, bytes]:
        """Order a certificate with an account that the portal does not have. Returns the same as `order`."""
        key = josepy.JWKEC(key=ec.generate_private_key(ec.SECP256R1()))
        net = Network(str(self.folder / "ca.pem"), key, seconds=60)
        speaks = client.ClientV2(client.ClientV2.get_directory(self.directory, net), net)
        speaks.new_account(messages.NewRegistration(terms_of_service_agreed=True))
        return _issued(speaks, csr_pem)


def _issued(speaks: client.ClientV2, csr_pem: bytes) -> tuple[bytes, bytes]:
    order = speaks.new_order(csr_pem)
    for authorization in order.authorizations:
        if authorization.body.status == messages.STATUS_PENDING:
            challenge = next(c for c in authorization.body.challenges if c.chall.typ == "http-01")
            speaks.answer_challenge(challenge, challenge.response(speaks.net.key))
    pem = speaks.poll_and_finalize(order).fullchain_pem
    leaf, issuer, *_ = x509.load_pem_x509_certificates(pem.encode())
    return leaf.public_bytes(serialization.Encoding.DER), issuer.public_bytes(serialization.Encoding.DER)


@contextmanager
def pebble(folder: Path, **options: object) -> Iterator[Pebble]:
    """Run Pebble. `options` go into its configuration."""
    if shutil.which("pebble") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"pebble is missing: {INSTALL}")
    names = "subjectAltName=IP:127.0.0.1"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    files = ["-keyout", "key.pem", "-out", "ca.pem", "-days", "2", "-subj", "/CN=pebble", "-addext", names]
    subprocess.run([*command, *files], cwd=folder, check=True, capture_output=True)
    ports = free_port(), free_port()
    configuration = {
        "listenAddress": f"127.0.0.1:{ports[0]}",
        "managementListenAddress": f"127.0.0.1:{ports[1]}",
        "certificate": "ca.pem",
        "privateKey": "key.pem",
        "httpPort": 5002,
        "tlsPort": 5001,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
        **options,
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": configuration}))
    behaviour = {"PEBBLE_VA_ALWAYS_VALID": "1", "PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "20"}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["pebble", "-config", "pebble.json"], cwd=folder, env={**os.environ, **behaviour}, stdout=log, stderr=log
        )
    running = Pebble(f"https://127.0.0.1:{ports[0]}/dir", f"https://127.0.0.1:{ports[1]}", folder)
    try:
        _wait(running, process)
        yield running
    finally:
        process.terminate()
        process.wait(10)


def _wait(running: Pebble, process: subprocess.Popen[bytes]) -> None:
    context = ssl.create_default_context(cafile=str(running.folder / "ca.pem"))
    for _ in range(150):
        assert process.poll() is None, (running.folder / "log").read_text()
        try:
            urllib.request.urlopen(running.directory, context=context, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError((running.folder / "log").read_text())
