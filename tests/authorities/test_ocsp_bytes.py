"""OCSP requests are read in two ways that agree, and responses are the library's, byte for byte."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from asn1crypto import core
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.ocsp import OCSPCertStatus

from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.ocsp import request as reading
from revocation.authorities.local.ocsp import signer
from revocation.authorities.local.ocsp.answer import VALID_FOR, answer
from revocation.authorities.local.ocsp.lookup import Status
from revocation.authorities.local.ocsp.request import CertificateId, RequestMalformed, StatusRequest, read_request
from revocation.authorities.local.ocsp.signer import Responder
from revocation.authorities.local.revoke import RevokedEntry
from tests.authorities.openssl_ca import OpensslCa, openssl
from tests.pki.test_mutations import mutated
from tests.support.effort import rounds

NOW = datetime.now(UTC).replace(microsecond=0)
SERIAL = 0x7766554433221100FF


def asked(nonce: bytes | None = None, serial: int = SERIAL, algorithm: Any = None) -> bytes:
    algorithm = algorithm or hashes.SHA1()  # noqa: S303 - it names the issuer
    of_issuer = (bytes(range(algorithm.digest_size)), bytes(algorithm.digest_size))
    builder = ocsp.OCSPRequestBuilder().add_certificate_by_hash(*of_issuer, serial, algorithm)
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def thoroughly(request: bytes) -> StatusRequest | None:
    try:
        return reading._read_thoroughly(request)
    except RequestMalformed:
        return None


def test_C5_the_quick_way_reads_nothing_that_the_thorough_one_does_not() -> None:
    chance, read = random.Random("requests"), 0
    for good in (asked(), asked(b"n" * 16), asked(algorithm=hashes.SHA512())):
        assert reading._read_quickly(good) == thoroughly(good) is not None
        for _ in range(rounds(700, 20_000)):
            request = mutated(good, chance)
            quick = reading._read_quickly(request)
            if quick is not None:
                assert quick == thoroughly(request), request.hex()
                read += 1
    assert read > 200


def test_a_nonce_that_is_no_octet_string_is_malformed() -> None:
    """The library would give its bytes as they are, and they would be repeated in another form."""
    good = asked(b"n" * 16)
    with pytest.raises(RequestMalformed):
        read_request(good.replace(b"\x04\x10" + b"n" * 16, b"\x02\x10" + b"n" * 16))


def test_what_openssl_asks_is_read(tmp_path: Path) -> None:
    ca = OpensslCa(tmp_path, "ecdsa")
    common = ("ocsp", "-issuer", "ca.pem", "-reqout", "q.der", "-serial", "0x80", "-no_nonce")
    for more, quickly in (
        ((), True),
        (("-serial", "0x7f"), False),
        (("-signer", "ca.pem", "-signkey", "ca.key"), True),
    ):
        openssl(ca.folder, *common, *more)
        request = (ca.folder / "q.der").read_bytes()
        assert (reading._read_quickly(request) is not None) is quickly
        assert read_request(request).cert_ids[0].serial_number == 0x80
        assert read_request(request) == thoroughly(request)


@pytest.mark.parametrize("serial", [0, 1, 127, 128, 255, 256, -1, -128, -129, SERIAL, 2**160 - 1])
def test_a_serial_number_is_written_in_its_shortest_form(serial: int) -> None:
    assert CertificateId("sha1", (b"", b""), serial).der.endswith(core.Integer(serial).dump())


STATUSES: dict[str, Status] = {
    "good": True,
    "unknown": False,
    "revoked": RevokedEntry(NOW - timedelta(days=1), 0),
    "revoked for a reason": RevokedEntry(NOW - timedelta(hours=1), 4),
}


def test_a_response_equals_the_library_s(db: None) -> None:
    """An RSA signature is the same each time, so the whole response must be."""
    responder = signer.responder(create_authority("rsa", "RSA", "rsa", at=NOW), at=NOW)
    (cert_id,) = read_request(asked()).cert_ids
    for name, status in STATUSES.items():
        for nonce in (None, b"n" * 32):
            ours = answer(responder, [(cert_id, status)], nonce, at=NOW).der
            assert ours == by_the_library(responder, cert_id, status, nonce), (name, nonce)


def by_the_library(responder: Responder, cert_id: CertificateId, status: Status, nonce: bytes | None) -> bytes:
    revoked = status if isinstance(status, RevokedEntry) else None
    certificate = responder.certificates
    delegate = x509.load_der_x509_certificate(certificate[certificate.index(b"\x30\x82", 5) :])
    builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
        issuer_name_hash=cert_id.issuer_hashes[0],
        issuer_key_hash=cert_id.issuer_hashes[1],
        serial_number=cert_id.serial_number,
        algorithm=hashes.SHA1(),  # noqa: S303 - it names the issuer
        cert_status=OCSPCertStatus.REVOKED if revoked else OCSPCertStatus.GOOD if status else OCSPCertStatus.UNKNOWN,
        this_update=NOW,
        next_update=NOW + VALID_FOR,
        revocation_time=revoked.revoked_at if revoked else None,
        revocation_reason=x509.ReasonFlags.superseded if revoked and revoked.reason else None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, delegate).certificates([delegate])
    if nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    signer: Any = responder.signer
    with time_machine.travel(NOW, tick=False):  # the library dates its response itself
        return builder.sign(signer.key, hashes.SHA256()).public_bytes(Encoding.DER)
