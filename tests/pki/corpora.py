"""Certificates that others made: the corpora that come with the cryptography library, and real roots."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cryptography_vectors
from pip._vendor import certifi

FOLDER = Path(cryptography_vectors.__file__).parent / "x509"


def files() -> list[Path]:
    """Return the files of NIST's path validation suite, hand-made oddities and real ones, certificates and others."""
    return sorted(path for path in FOLDER.rglob("*") if path.suffix in {".crt", ".pem", ".der", ".crl", ".p12"})


def real_roots() -> Iterator[bytes]:
    """Yield the roots that browsers trust, each as PEM."""
    text = Path(certifi.where()).read_bytes()
    yield from re.findall(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", text, re.S)


def openssl_says(pem: bytes) -> dict[str, str]:
    """Return serial number, fingerprint and dates by `openssl x509`. They are empty when it cannot read `pem`."""
    command = ["openssl", "x509", "-noout", "-serial", "-fingerprint", "-sha256", "-dates", "-dateopt", "iso_8601"]
    said = subprocess.run(command, input=pem, capture_output=True, check=False).stdout.decode()
    found = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    return {
        "serial": found.get("serial", ""),
        "fingerprint": found.get("sha256 Fingerprint", "").replace(":", ""),
        "not_before": found.get("notBefore", ""),
        "not_after": found.get("notAfter", ""),
    }
