"""`openssl ca` and `openssl ocsp` with an embedded authority's key and an index of the same certificates."""

from __future__ import annotations

import resource
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.conf import settings

from bench.measuring import running_seconds
from bench.seeding import NOW
from revocation.authorities.local.models import LocalAuthority
from revocation.pki.openssl import pem
from tests.postgresql import free_port

CONFIGURATION = "[ca]\ndefault_ca = a\n[a]\ndatabase = index.txt\ncrlnumber = crlnumber\ndefault_md = sha256\n"


def crl_maker(folder: Path, issuer: LocalAuthority, revoked: Iterable[tuple[int, datetime]]) -> Callable[[], float]:
    """Return what makes `openssl ca` write a CRL of serial numbers that end then; it returns processor seconds."""
    _files(folder, issuer)
    when = f"{NOW:%y%m%d%H%M%SZ},keyCompromise"
    lines = (f"R\t{end:%y%m%d%H%M%SZ}\t{when}\t{serial:040X}\tunknown\t/CN={serial}" for serial, end in revoked)
    (folder / "index.txt").write_text("\n".join([*lines, ""]))
    (folder / "crlnumber").write_text("0A\n")
    (folder / "ca.cnf").write_text(CONFIGURATION)
    keys_of = ("-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem", "-crldays", "7", "-out", "crl.pem")

    def make() -> float:
        before = _children_seconds()
        subprocess.run(["openssl", "ca", "-gencrl", *keys_of], cwd=folder, check=True, capture_output=True)
        return _children_seconds() - before

    return make


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@contextmanager
def responder(
    folder: Path, issuer: LocalAuthority, good: Iterable[tuple[int, datetime]]
) -> Iterator[Callable[[Sequence[bytes]], float]]:
    """Run `openssl ocsp` with serial numbers that end then. Yields what asks it; it returns answers a second.

    Only the responder's own processor time counts. It takes a port but no address, so it listens on all addresses for
    the seconds that it runs.
    """
    _files(folder, issuer)
    lines = (f"V\t{end:%y%m%d%H%M%SZ}\t\t{serial:040X}\tunknown\t/CN={serial}" for serial, end in good)
    (folder / "index.txt").write_text("\n".join([*lines, ""]))
    port = free_port()
    who = ("-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key", "-ndays", "1")
    command = ["openssl", "ocsp", "-index", "index.txt", "-port", str(port), *who]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet) as process:

        def ask(requests: Sequence[bytes]) -> float:
            before = running_seconds(process.pid)
            for request in requests:
                _sent(port, request)
            return len(requests) / (running_seconds(process.pid) - before)

        try:
            yield ask
        finally:
            process.kill()


def _files(folder: Path, issuer: LocalAuthority) -> None:
    key = load_pem_private_key(bytes(issuer.encrypted_key), settings.KEY_ENCRYPTION_KEY.encode())
    (folder / "ca.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "ca.pem").write_bytes(pem("CERTIFICATE", bytes(issuer.certificate_der)))


def _sent(port: int, request: bytes) -> None:
    head = f"POST / HTTP/1.0\r\nContent-Type: application/ocsp-request\r\nContent-Length: {len(request)}\r\n\r\n"
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5) as wire:
                wire.sendall(head.encode() + request)
                answer = b"".join(iter(lambda: wire.recv(65536), b""))
        except ConnectionRefusedError:  # it has not begun to listen
            time.sleep(0.05)
        else:
            if b" 200 " not in answer[:20]:
                raise RuntimeError(answer[:200])
            return
    raise RuntimeError("openssl's responder does not listen.")
