"""Threat 40: certificates that others made give the facts that openssl sees, or a refusal with a sentence."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from revocation.pki.bundle import read_bundle
from revocation.pki.export import as_pem, as_pkcs7
from revocation.pki.facts import CertificateFacts, Level, Standard, UnreadableCertificate, read_certificate
from tests.pki.corpora import FOLDER, files, openssl_says, real_roots
from tests.support.effort import rounds

pytestmark = pytest.mark.slow

SHARE = rounds(6, 1)
"""All certificates are read; one in so many is compared with what `openssl` prints, since each costs a process."""
UNREADABLE = {
    "badasn1time.pem",
    "invalid_utf8_common_name.pem",
    "long-form-name-attribute.pem",
    "name_attribute_unsupported_tag.pem",
}
"""Well-formed on the outside, but a part of them cannot be read with certainty."""


def compare(facts: CertificateFacts) -> None:
    """Compare the facts with what `openssl` prints."""
    seen = openssl_says(as_pem([facts.der]))
    assert facts.serial_hex == seen["serial"]
    assert facts.fingerprint_sha256 == seen["fingerprint"]
    for name in ("not_before", "not_after"):
        if seen[name] and not seen[name].startswith("Bad"):
            assert getattr(facts, name) == datetime.fromisoformat(seen[name].replace("Z", "+00:00"))


def test_threat_40_the_corpora_are_read_or_refused_with_a_sentence() -> None:
    read, unreadable = 0, set()
    # Anything but facts or a refusal ends this test with its traceback.
    for path in files():
        try:
            found = read_bundle(path.read_bytes())
        except UnreadableCertificate as refused:
            if refused.code == "field_unreadable":
                unreadable.add(path.name)
            continue
        read += 1
        if len(found) == 1 and read % SHARE == 0:
            compare(found[0])
    assert unreadable == UNREADABLE
    assert read > 500


def test_the_roots_that_browsers_trust() -> None:
    roots = list(real_roots())
    assert len(roots) > 100
    for number, pem in enumerate(roots):
        (facts,) = read_bundle(pem)
        assert facts.is_ca
        if number % SHARE == 0:
            compare(facts)


@pytest.mark.parametrize(
    ("file", "code"),
    [("custom/basic_constraints_not_critical.pem", ""), ("../x509/requests/rsa_sha1.pem", "csr")],
    ids=["certificate", "request"],
)
def test_what_is_no_certificate_is_named(file: str, code: str) -> None:
    data = (FOLDER / file).read_bytes()
    if not code:
        assert read_bundle(data)
        return
    with pytest.raises(UnreadableCertificate) as refused:
        read_bundle(data)
    assert refused.value.code == code


KEYS: dict[str, Callable[[], Any]] = {
    "RSA 2048": lambda: rsa.generate_private_key(65537, 2048),
    "EC P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EC P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "EC P-521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}
OIDS = {Level.DV: "2.23.140.1.2.1", Level.OV: "2.23.140.1.2.2", Level.EV: "2.23.140.1.1"}


def made(kind: str, names: list[x509.GeneralName], level: Level | None = None, serial: int = 77) -> bytes:
    key = KEYS[kind]()
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Aurora <Shop> & Söhne")])
    start, end = datetime(1999, 1, 1, tzinfo=UTC), datetime(2055, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial, start, end)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if level:
        policy = x509.PolicyInformation(x509.ObjectIdentifier(OIDS[level]), None)
        builder = builder.add_extension(x509.CertificatePolicies([policy]), critical=False)
    digest = None if kind.startswith("Ed") else hashes.SHA256()
    return builder.sign(key, digest).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize("kind", list(KEYS))
def test_keys_are_named_as_people_name_them(kind: str) -> None:
    facts = read_certificate(made(kind, [x509.DNSName("a.example")]))
    assert (facts.key_algorithm, facts.standard) == (kind, Standard.INTERNATIONAL)
    compare(facts)


@pytest.mark.parametrize("level", list(Level))
def test_policy_identifiers_tell_the_level(level: Level) -> None:
    facts = read_certificate(made("EC P-256", [x509.DNSName("a.example")], level))
    assert (facts.level, facts.level_source) == (level, "policy")


def test_names_of_all_kinds() -> None:
    from ipaddress import ip_address

    names: list[x509.GeneralName] = [
        x509.DNSName("*.xn--fiqs8s.example"),
        x509.DNSName("WWW.Example.COM"),
        x509.IPAddress(ip_address("2001:db8::1")),
        x509.RFC822Name("post@example.com"),
        *(x509.DNSName(f"n{n}.example") for n in range(1000)),
    ]
    facts = read_certificate(made("EC P-256", names))
    assert facts.dns_names[:2] == ("*.xn--fiqs8s.example", "www.example.com")
    assert len(facts.dns_names) == 1002
    assert facts.ip_addresses == ("2001:db8::1",)
    assert facts.organization == "Aurora <Shop> & Söhne"


def test_SM2_is_first_class(tmp_path: Path) -> None:
    """Made by openssl: the usual library cannot read its key."""
    new = "-newkey sm2 -nodes -keyout key.pem -x509 -sm3 -days 90 -subj /CN=sm2.example -out cert.pem"
    command = ["openssl", "req", *new.split(), "-addext", "subjectAltName=DNS:sm2.example,DNS:*.sm2.example"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    (facts,) = read_bundle((tmp_path / "cert.pem").read_bytes())
    assert (facts.standard, facts.key_algorithm) == (Standard.SM2, "SM2")
    assert facts.dns_names == ("sm2.example", "*.sm2.example")
    compare(facts)
    with pytest.raises(UnreadableCertificate) as refused:
        read_bundle((tmp_path / "key.pem").read_bytes())
    assert refused.value.code == "private_key"
    assert "PRIVATE" not in str(refused.value)


def test_what_is_exported_is_what_came_in_and_openssl_reads_it() -> None:
    ders = [made("EC P-256", [x509.DNSName(f"{n}.example")], serial=n + 1) for n in range(3)]
    assert [facts.der for facts in read_bundle(as_pem(ders))] == ders
    assert sorted(facts.der for facts in read_bundle(as_pkcs7(ders))) == sorted(ders)
    command = ["openssl", "pkcs7", "-print_certs", "-noout"]
    listed = subprocess.run(command, input=as_pkcs7(ders), capture_output=True, check=True).stdout
    assert listed.count(b"subject=") == 3


SAMPLE = made("EC P-256", [x509.DNSName("a.example"), x509.DNSName("*.b.example")], Level.OV)


@settings(
    max_examples=rounds(400, 20_000), deadline=10_000, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(st.lists(st.tuples(st.integers(0, len(SAMPLE) - 1), st.integers(0, 255)), min_size=1, max_size=6))
def test_threat_40_damaged_bytes_are_facts_or_a_refusal(damages: list[tuple[int, int]]) -> None:
    data = bytearray(SAMPLE)
    for place, value in damages:
        data[place] = value
    try:
        facts = read_certificate(bytes(data))
    except UnreadableCertificate:
        return
    assert facts.subject.isprintable()
    assert all(name.isprintable() for name in facts.dns_names)


@settings(max_examples=rounds(200, 10_000), deadline=10_000, database=None)
@given(st.binary(max_size=2000))
def test_threat_40_any_bytes_are_refused_with_a_sentence(data: bytes) -> None:
    with pytest.raises(UnreadableCertificate):
        read_bundle(data)
