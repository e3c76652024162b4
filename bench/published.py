"""What an embedded authority publishes: CRLs of up to a million entries, OCSP answers through the WSGI application."""

from __future__ import annotations

import gc
import socket
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from statistics import median

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.db.models import F

from demo.certificates import csr
from revocation.authorities.local import crl, keys
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.issue import issue, new_serial_number, serial_text
from revocation.authorities.local.models import SHARDS, CrlShard, IssuedCertificate, LocalAuthority
from revocation.authorities.local.revoke import crl_entry, revoke_certificate
from revocation.pki.openssl import pem
from revocation.pki.status import ocsp_request
from revocation.services.authority import embedded_publication

Figure = tuple[str, float, str]
NOW = datetime.now(UTC).replace(microsecond=0)
SIZES = (10_000, 100_000, 1_000_000)
COMPARED = 100_000
"""Entries at which others are measured: `openssl ca` holds its whole index in memory."""

SLOW = 3_000
"""Entries at which the library's builder is fed one by one: it copies its list each time."""


def spent(act: Callable[[], object], times: int = 3) -> float:
    """Return the median of the seconds that it takes."""
    spans = []
    for _ in range(times):
        gc.collect()
        start = time.perf_counter()
        act()
        spans.append(time.perf_counter() - start)
    return median(spans)


def authority(slug: str) -> LocalAuthority:
    found = LocalAuthority.objects.filter(slug=slug).first()
    return found or create_authority(slug, f"Bench CA {slug}", "ecdsa", at=NOW, not_before=NOW - timedelta(days=9))


LENGTH = 1000
"""Bytes of a certificate, which a list has to pass by."""

INSERT = """
    INSERT INTO local_authority_issuedcertificate (authority_id, serial_number, certificate_der, not_after, shard,
        revoked_at, reason, crl_entry, revoke_calls, effective_revocations)
    VALUES (%s, %s, %s, %s, %s, %s, 1, %s, 1, 1)
"""


def revoked(issuer: LocalAuthority, number: int) -> None:
    """Add this many revoked certificates, straight into the table."""
    sample = new_serial_number()
    before, after = crl_entry(sample, NOW, 1).split(sample.to_bytes(20, "big"))
    end = NOW + timedelta(days=90)
    for start in range(0, number, 20_000):
        serials = [new_serial_number() for _ in range(min(20_000, number - start))]
        rows = (
            (
                issuer.pk,
                serial_text(serial),
                bytes(LENGTH),
                end,
                serial % SHARDS,
                NOW,
                before + serial.to_bytes(20, "big") + after,
            )
            for serial in serials
        )
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(INSERT, list(rows))
    LocalAuthority.objects.filter(pk=issuer.pk).update(revocations=F("revocations") + number)
    for shard in issuer.crl_shards.all():
        count = issuer.certificates.filter(shard=shard.number, revoked_at__isnull=False).count()
        CrlShard.objects.filter(pk=shard.pk).update(revocations=count)


def edition(row: crl.Row) -> None:
    """Make a new edition of the CRL: read from the database, put together, signed, stored."""
    type(row).objects.filter(pk=row.pk).update(revocations=F("revocations") + 1)
    crl.publish_crl(row, at=datetime.now(UTC))


NEW = 20
"""Revocations, one after the other, after each of which a shard is published."""


def after_revocations(issuer: LocalAuthority, number: int) -> Iterator[Figure]:
    """Measure a shard's edition after one revocation as the worker makes it, in processor time and memory."""
    shard = issuer.crl_shards.get(number=number)
    serials = [new_serial_number() // issuer.shards * issuer.shards + number for _ in range(NEW)]
    IssuedCertificate.objects.bulk_create(
        IssuedCertificate(
            authority=issuer,
            serial_number=serial_text(serial),
            certificate_der=bytes(LENGTH),
            not_after=NOW + timedelta(days=90),
            shard=number,
        )
        for serial in serials
    )
    embedded_publication.publish_shard(shard.pk, at=datetime.now(UTC))
    spans = []
    for serial in serials[1:]:
        revoke_certificate(issuer, serial, 1, at=datetime.now(UTC))
        start = time.process_time()
        embedded_publication.publish_shard(shard.pk, at=datetime.now(UTC))
        spans.append(time.process_time() - start)
    revoke_certificate(issuer, serials[0], 1, at=datetime.now(UTC))
    peak = _peak(lambda: embedded_publication.publish_shard(shard.pk, at=datetime.now(UTC)))
    yield "shard_after_a_revocation", median(spans) * 1000, "ms of processor time"
    yield "shard_after_a_revocation_peak_memory", peak / 1e6, "MB"


def crls() -> Iterator[Figure]:
    """Measure CRLs from the database to the row that is served, each ten times as long; a shard; other programs."""
    issuer, made, before = authority("crls"), {}, 0
    for size in SIZES:
        revoked(issuer, size - before)
        before = size
        made[size] = spent(lambda: edition(issuer))
        yield f"entries_{size}", made[size] * 1000, "ms"
        if size == COMPARED:
            yield from _beside_others(issuer, made[size])
    yield "ten_times_longer", made[100_000] / made[10_000], "ratio"
    yield "hundred_times_longer", made[1_000_000] / made[10_000], "ratio"
    shard = issuer.crl_shards.get(number=3)
    yield "million_by_shard", spent(lambda: edition(shard)) * 1000, "ms"
    yield from after_revocations(issuer, 5)
    der = LocalAuthority.objects.get(pk=issuer.pk).crl_der
    signer = keys.status_signer(issuer)
    yield "million_over_bare_signing", made[1_000_000] / spent(lambda: signer.sign(der)), "ratio"
    yield "million_length", len(der) / 1e6, "MB"
    yield "million_peak_memory_over_length", _peak(lambda: edition(issuer)) / len(der), "ratio"


def _peak(act: Callable[[], object]) -> float:
    """Return the most bytes that Python held."""
    gc.collect()
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _beside_others(issuer: LocalAuthority, ours: float) -> Iterator[Figure]:
    rows = IssuedCertificate.objects.filter(authority=issuer)[:COMPARED]
    with tempfile.TemporaryDirectory() as folder:
        ca = openssl_ca(Path(folder), issuer, [(row.serial_number, row.not_after) for row in rows])
        yield "openssl_ca_gencrl_over_ours", spent(ca) / ours, "ratio"
    few = authority("crls-few")
    revoked(few, SLOW)
    own = spent(lambda: edition(few))
    yield "library_entry_by_entry_over_ours_at_3000", spent(lambda: by_the_library(few), 1) / own, "ratio"


def openssl_ca(folder: Path, issuer: LocalAuthority, rows: list[tuple[str, datetime]]) -> Callable[[], object]:
    """Return what makes openssl write the same CRL from its index."""
    _files(folder, issuer)
    when = f"{NOW:%y%m%d%H%M%SZ},keyCompromise"
    lines = (f"R\t{end:%y%m%d%H%M%SZ}\t{when}\t{serial.upper()}\tunknown\t/CN={serial}" for serial, end in rows)
    (folder / "index.txt").write_text("\n".join([*lines, ""]))
    (folder / "crlnumber").write_text("0A\n")
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca = a\n[a]\ndatabase = index.txt\ncrlnumber = crlnumber\ndefault_md = sha256\n"
    )
    keys_of = ("-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem", "-crldays", "7", "-out", "crl.pem")
    return lambda: subprocess.run(["openssl", "ca", "-gencrl", *keys_of], cwd=folder, check=True, capture_output=True)


def _files(folder: Path, issuer: LocalAuthority) -> None:
    key = load_pem_private_key(bytes(issuer.encrypted_key), settings.KEY_ENCRYPTION_KEY.encode())
    (folder / "ca.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "ca.pem").write_bytes(pem("CERTIFICATE", bytes(issuer.certificate_der)))


def by_the_library(issuer: LocalAuthority) -> bytes:
    """Build the CRL entry by entry, as the library's documentation shows and django-ca does."""
    subject = x509.load_der_x509_certificate(bytes(issuer.certificate_der)).subject
    builder = x509.CertificateRevocationListBuilder(subject, NOW, NOW + crl.LIFE)
    for row in IssuedCertificate.objects.filter(authority=issuer).iterator():
        entry = x509.RevokedCertificateBuilder(int(row.serial_number, 16), NOW)
        entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    key = load_pem_private_key(bytes(issuer.encrypted_key), settings.KEY_ENCRYPTION_KEY.encode())
    return builder.sign(key, SHA256()).public_bytes(Encoding.DER)  # type: ignore[arg-type]


def ocsp() -> Iterator[Figure]:
    """Measure the OCSP answers a second of one process: from stock, signed for a nonce, and by openssl's responder."""
    issuer = authority("ocsp")
    ours = bytes(issuer.certificate_der)
    leaves = [issue(issuer, csr(f"o{n}.example"), days=30, at=NOW + timedelta(minutes=1)) for n in range(20)]
    stock = [ocsp_request(leaf, ours) for leaf in leaves]
    fresh = [ocsp_request(leaf, ours, bytes([n]) * 16) for n, leaf in enumerate(leaves)]
    ask = asking(f"/pki/{issuer.slug}/ocsp")
    rates = {"from_stock": rate(ask, stock), "with_nonce": rate(ask, fresh)}
    for name, each in rates.items():
        yield name, each, "answers/s"
    signer = keys.status_signer(issuer)
    bare = rate(lambda _: signer.sign(bytes(200)), stock)
    yield "bare_signatures", bare, "signatures/s"
    for name, each in rates.items():
        yield f"bare_signing_over_{name}", bare / each, "ratio"
    with tempfile.TemporaryDirectory() as folder, openssl_responder(Path(folder), issuer, leaves) as send:
        theirs = rate(send, stock)
    yield "openssl_responder", theirs, "answers/s"
    yield "from_stock_over_openssl_responder", rates["from_stock"] / theirs, "ratio"
    connection.close()


def rate(act: Callable[[bytes], object], requests: list[bytes], seconds: float = 2) -> float:
    """Return how often it is done in a second, after one round that warms up."""
    for request in requests:
        act(request)
    done, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        for request in requests:
            act(request)
        done += len(requests)
    return done / (time.perf_counter() - start)


def asking(path: str) -> Callable[[bytes], bytes]:
    """Return what POSTs to the whole application, middleware and all, without a network. It raises on errors."""
    application = WSGIHandler()

    def post(request: bytes) -> bytes:
        environ = {
            "REQUEST_METHOD": "POST", "PATH_INFO": path, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
            "wsgi.url_scheme": "http", "CONTENT_LENGTH": str(len(request)), "wsgi.input": BytesIO(request),
            "CONTENT_TYPE": "application/ocsp-request", "wsgi.errors": BytesIO(),
        }  # fmt: skip
        answer = application(environ, lambda *_: lambda _: None)
        body = b"".join(answer)
        answer.close()
        if answer.status_code != 200 or len(body) < 100:
            raise RuntimeError(f"Status {answer.status_code}, {len(body)} bytes.")
        return body

    return post


@contextmanager
def openssl_responder(folder: Path, issuer: LocalAuthority, leaves: list[bytes]) -> Iterator[Callable[[bytes], bytes]]:
    """Run `openssl ocsp -port` with the same certificates in its index. Yields what asks it.

    It takes a port but no address, so it listens on all addresses for the seconds that it runs.
    """
    _files(folder, issuer)
    parsed = [x509.load_der_x509_certificate(leaf) for leaf in leaves]
    lines = (
        f"V\t{one.not_valid_after_utc:%y%m%d%H%M%SZ}\t\t{one.serial_number:X}\tunknown\t/CN={one.serial_number}"
        for one in parsed
    )
    (folder / "index.txt").write_text("\n".join([*lines, ""]))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    who = ("-CA", "ca.pem", "-rsigner", "ca.pem", "-rkey", "ca.key", "-ndays", "1")
    command = ["openssl", "ocsp", "-index", "index.txt", "-port", str(port), *who]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdout=quiet, stderr=quiet) as process:
        try:
            yield lambda request: _sent(port, request)
        finally:
            process.kill()


def _sent(port: int, request: bytes) -> bytes:
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
            return answer
    raise RuntimeError("openssl's responder does not listen.")
