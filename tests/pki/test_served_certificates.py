"""What it means that a name serves some certificate: this one, a newer one, another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from revocation.pki.facts import CertificateFacts, read_certificate
from revocation.pki.in_use import Serves, Subject, covers, hosts, judged

START, DAY = datetime(2026, 6, 1, tzinfo=UTC), timedelta(days=1)
KEY, ANOTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))


def shown(*names: str, start: datetime = START, key: ec.EllipticCurvePrivateKey = KEY) -> CertificateFacts:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(start).not_valid_after(start + 90 * DAY)
    alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    signed = builder.add_extension(alternatives, critical=False).sign(key, hashes.SHA256())
    return read_certificate(signed.public_bytes(Encoding.DER))


OURS = shown("www.example.com")
SUBJECT = Subject(OURS.fingerprint_sha256, OURS.spki_sha256, OURS.not_before)
LATER = START + DAY


@pytest.mark.parametrize(
    ("other", "verdict"),
    [
        (OURS, (Serves.THIS, True)),
        (shown("www.example.com", start=LATER, key=ANOTHER_KEY), (Serves.NEWER, False)),
        (shown("www.example.com", start=LATER), (Serves.NEWER, True)),
        (shown("*.example.com", start=LATER, key=ANOTHER_KEY), (Serves.NEWER, False)),
        (shown("www.example.com", start=START - DAY, key=ANOTHER_KEY), (Serves.OTHER, False)),
        (shown("elsewhere.example", start=LATER, key=ANOTHER_KEY), (Serves.OTHER, False)),
        (shown("www.example.com", key=ANOTHER_KEY), (Serves.OTHER, False)),
    ],
)
def test_what_a_name_serves(other: CertificateFacts, verdict: tuple[Serves, bool]) -> None:
    assert judged(SUBJECT, "www.example.com", other) == verdict


def test_a_wildcard_stands_for_one_label_and_not_for_its_base() -> None:
    assert covers(["*.Example.com"], "www.example.com")
    assert not covers(["*.example.com"], "a.www.example.com")
    assert not covers(["*.example.com"], "example.com")


def test_hosts_are_names_each_once_and_a_wildcard_is_looked_at_by_its_base() -> None:
    names = ["*.example.com", "example.com", "WWW.example.com", "192.0.2.1", "shop.example.com", "not a name"]
    assert hosts(names) == ["example.com", "www.example.com", "shop.example.com"]
