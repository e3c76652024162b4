"""What openssl says of a certificate, with the authority's CRL and OCSP. Journeys end with it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.journeys.stack.conftest import Portal


def openssl_says(portal: Portal, authority: str, certificate: Path) -> str:
    """Return what `openssl verify -crl_check` says of the certificate with the authority's CRL of this instant."""
    for name in ("ca.pem", "crl.pem"):
        (certificate.parent / name).write_bytes(portal.get(f"/pki/{authority}/{name}"))
    files = ["-CAfile", "ca.pem", "-CRLfile", "crl.pem", certificate.name]
    # SM2 signatures of certificates name the signer by the standard identity (GM/T 0009).
    identity = ["-vfyopt", "distid:1234567812345678"] if authority == "local-sm2" else []
    return _run(["openssl", "verify", "-crl_check", *identity, *files], certificate)


def ocsp_says(portal: Portal, authority: str, certificate: Path) -> str:
    """Return what `openssl ocsp` hears from the responder."""
    url = f"{portal.url}/pki/{authority}/ocsp"
    asked = ["-issuer", "ca.pem", "-cert", certificate.name, "-CAfile", "ca.pem", "-url", url]
    return _run(["openssl", "ocsp", *asked], certificate)


def _run(command: list[str], certificate: Path) -> str:
    result = subprocess.run(command, cwd=certificate.parent, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr


def soon(say: Callable[[], str], wanted: str, seconds: int = 10) -> str:
    """Call `say` until `wanted` is in its answer, which is returned. The worker publishes a CRL after some seconds."""
    for _ in range(seconds * 4):
        if wanted in say():
            break
        time.sleep(0.25)
    return say()


def is_revoked(portal: Portal, authority: str, certificate: Path, seconds: int = 60) -> bool:
    says = soon(lambda: openssl_says(portal, authority, certificate), "certificate revoked", seconds)
    return "certificate revoked" in says
