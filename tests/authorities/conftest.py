"""Embedded authorities, and certificates that they issued, for these tests."""

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from revocation.authorities.interface import RevocationInstruction
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.driver import LocalDriver
from revocation.authorities.local.issue import issue
from revocation.authorities.local.models import CrlShard, IssuedCertificate, LocalAuthority
from revocation.pki.facts import read_certificate
from revocation.worker import DUTIES, run_once
from tests.authorities.openssl_ca import make_csr, openssl, openssl_says

PUBLISHING = ("publish CRL shards", "publish complete CRLs", "renew OCSP answers")
SM2_OPTIONS = ("-vfyopt", "distid:1234567812345678")


@dataclass
class Embedded:
    """An authority, one certificate of it, and a folder with ca.pem and leaf.pem for the openssl program."""

    authority: LocalAuthority
    leaf_der: bytes
    folder: Path

    @property
    def leaf(self) -> x509.Certificate:
        return x509.load_der_x509_certificate(self.leaf_der)

    @property
    def issued(self) -> IssuedCertificate:
        return IssuedCertificate.objects.get(serial_number=f"{self.leaf.serial_number:x}")

    @property
    def driver(self) -> LocalDriver:
        return LocalDriver(self.authority.slug, self.authority.name)

    def order(self, reason: int = 1) -> RevocationInstruction:
        issuer = bytes(self.authority.certificate_der)
        return RevocationInstruction(self.leaf_der, issuer, self.leaf.serial_number, reason, "order-1")

    @property
    def shard(self) -> CrlShard:
        return CrlShard.objects.get(authority=self.authority, number=self.issued.shard)

    def work(self) -> int:
        """Do what the worker does about publishing; return how much there was to do."""
        return sum(run_once(duty, now=timezone.now) for duty in DUTIES if duty.name in PUBLISHING)

    def verify(self) -> tuple[int, str]:
        """Run `openssl verify -crl_check` with the complete CRL as it is served now. Return exit status and output."""
        (self.folder / "crl.pem").write_bytes(Client().get(f"/pki/{self.authority.slug}/crl.pem").content)
        return self.verify_with("crl.pem")

    def verify_by_shard(self) -> tuple[int, str]:
        """Do the same with the CRL at the address that the certificate itself names."""
        (url,) = read_certificate(self.leaf_der).crl_urls
        (self.folder / "shard.der").write_bytes(Client().get(urlsplit(url).path).content)
        openssl(self.folder, "crl", "-in", "shard.der", "-inform", "DER", "-out", "shard.pem")
        return self.verify_with("shard.pem")

    def verify_with(self, crl: str) -> tuple[int, str]:
        options = SM2_OPTIONS if self.authority.algorithm == "sm2" else ()
        files = ("-CAfile", "ca.pem", "-CRLfile", crl)
        return openssl_says(self.folder, "verify", *options, *files, "-crl_check", "leaf.pem")


@pytest.fixture
def embedded(db: None, tmp_path: Path) -> Callable[[str], Embedded]:
    def make(algorithm: str) -> Embedded:
        now = datetime.now(UTC)
        authority = create_authority(f"test-{algorithm}", f"Test CA {algorithm}", algorithm, at=now, shards=4)
        csr = make_csr(tmp_path, algorithm, ["leaf.example.com", "www.leaf.example.com"])
        der = issue(authority, csr, days=30, at=now)
        for name, content in (("ca", bytes(authority.certificate_der)), ("leaf", der)):
            (tmp_path / f"{name}.der").write_bytes(content)
            pem = x509.load_der_x509_certificate(content).public_bytes(Encoding.PEM)
            (tmp_path / f"{name}.pem").write_bytes(pem)
        return Embedded(authority, der, tmp_path)

    return make


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    return folder


@pytest.fixture
def crl_address(published: Path, settings: Settings) -> Iterator[str]:
    """Serve `published` on loopback, let through by the development settings. Yield the CRL's address."""
    handler = functools.partial(_Quiet, directory=str(published))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        settings.OUTBOUND_TEST_NETWORKS = ["127.0.0.0/8"]
        settings.OUTBOUND_TEST_PORTS = {80: server.server_port}
        yield "http://127.0.0.1/ca.crl"
        server.shutdown()
        thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        """Say nothing."""
