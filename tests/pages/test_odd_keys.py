"""C3: a certificate is imported whatever its key is, and shown with what is known of it. No page of it breaks."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519, mldsa
from cryptography.hazmat.primitives.serialization import Encoding
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from certportal.accounts.models import Customer, User
from revocation.authorities.local.csr import CsrRefused, read_csr
from revocation.authorities.local.models import LocalAuthority
from revocation.models import Actor, Certificate, Event
from revocation.pki import possession
from revocation.pki.export import as_pem
from revocation.pki.facts import Level
from revocation.services.inventory import certificates
from tests.conftest import NOW
from tests.pages.conftest import Seat
from tests.people import SYSTEM

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.django_db]

NAME = "odd.aurora.example"
MORE_THAN_A_COLUMN = "1.3.6.1.4.1." + ".".join("99999" for _ in range(20))


def openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def spelt_out(folder: Path, curve: str) -> bytes:
    """Return a certificate whose curve is given by parameters instead of a name. Leaves the key in `private.key`."""
    openssl(folder, *f"ecparam -name {curve} -genkey -noout -param_enc explicit -out private.key".split())
    (folder / "plain.cnf").write_text("[req]\ndistinguished_name = dn\n[dn]\n")
    command = f"req -config plain.cnf -new -x509 -key private.key -subj /CN={NAME} -days 200 -outform DER -out leaf.der"
    openssl(folder, *command.split(), "-addext", f"subjectAltName=DNS:{NAME}")
    return (folder / "leaf.der").read_bytes()


def signed_by(key: ed25519.Ed25519PrivateKey | mldsa.MLDSA44PrivateKey) -> bytes:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(NOW - timedelta(9)).not_valid_after(NOW + timedelta(200))
    return dated.sign(key, None).public_bytes(Encoding.DER)


def with_oid(oid: str) -> bytes:
    """Return a certificate whose key is of the algorithm with this OID."""
    made = asn1.Certificate.load(signed_by(ed25519.Ed25519PrivateKey.generate()))
    made["tbs_certificate"]["subject_public_key_info"]["algorithm"]["algorithm"] = oid
    return bytes(made.dump(force=True))


KEYS: dict[str, tuple[Callable[[Path], bytes], str]] = {
    "a known curve": (lambda folder: spelt_out(folder, "prime256v1"), "explicit parameters"),
    "an unknown curve": (lambda folder: spelt_out(folder, "prime239v1"), "explicit parameters"),
    "a binary curve": (lambda folder: spelt_out(folder, "sect283k1"), "explicit parameters"),
    "ML-DSA": (lambda folder: signed_by(mldsa.MLDSA44PrivateKey.generate()), "2.16.840.1.101.3.4.3.17"),
    "an unknown algorithm": (lambda folder: with_oid("1.3.6.1.4.1.99999.1"), "1.3.6.1.4.1.99999.1"),
    "a very long OID": (lambda folder: with_oid(MORE_THAN_A_COLUMN), MORE_THAN_A_COLUMN[:40]),
}
keys = pytest.mark.parametrize(("make", "shown"), KEYS.values(), ids=KEYS)


@pytest.fixture
def careless(seat: Seat, alice: Actor) -> Client:
    client = seat(alice)
    client.raise_request_exception = False
    return client


def taken_in(der: bytes, **more: Any) -> Certificate:
    owner = Customer.objects.get(slug="aurora")
    order = certificates.IssuanceFacts(level=Level.DV, **more)
    (result,) = certificates.import_bundle(as_pem([der]), customer=owner, order=order, by=SYSTEM, at=NOW)
    assert result.certificate, result
    return result.certificate


@keys
@pytest.mark.parametrize("uploaded", [False, True], ids=["issued here", "uploaded"])
def test_C3_every_page_of_it_opens(
    careless: Client, root: Actor, make: Callable[[Path], bytes], shown: str, uploaded: bool, tmp_path: Path
) -> None:
    certificate = taken_in(make(tmp_path), uploaded=uploaded)
    assert shown in careless.get(reverse("certificate", args=[certificate.pk])).content.decode()
    opened = {
        name: careless.get(reverse(name, args=[certificate.pk])).status_code
        for name in ("revoke", "assisted", "compromised", "download", "delete")
    }
    assert opened == dict.fromkeys(opened, 200)
    assert careless.get("/certificates/").status_code == 200
    for sent in ("AAAA", "", "MIIB"):
        tried = careless.post(reverse("compromised", args=[certificate.pk]), {"signature": sent}).status_code
        assert tried in (409, 422)
    assert isinstance(root.user, User)
    careless.force_login(root.user)
    for page in ("change", "record"):
        assert careless.get(reverse(f"admin:revocation_certificate_{page}", args=[certificate.pk])).status_code == 200


@keys
def test_C3_the_command_takes_it_in(alice: Actor, make: Callable[[Path], bytes], shown: str, tmp_path: Path) -> None:
    file = tmp_path / "leaf.cer"
    file.write_bytes(make(tmp_path))
    call_command("import_certificates", str(file), customer="aurora", uploaded=True, level="dv")
    assert shown in Certificate.objects.get().key_algorithm


def test_K1_a_curve_that_is_spelt_out_proves_its_key_all_the_same(alice: Actor, tmp_path: Path) -> None:
    spki = possession.public_key(spelt_out(tmp_path, "prime256v1"))
    (tmp_path / "challenge.txt").write_text("a text")
    openssl(tmp_path, *["dgst", "-sha256", "-sign", "private.key", "-out", "signature", "challenge.txt"])
    possession.check(spki, (tmp_path / "signature").read_bytes(), "a text")
    with pytest.raises(possession.ProofRefused) as refused:
        possession.check(spki, (tmp_path / "signature").read_bytes(), "another text")
    assert refused.value.code == "does_not_fit"


@pytest.mark.parametrize("curve", ["prime239v1", "sect283k1"])
def test_K1_a_curve_that_nobody_here_calculates_on_is_refused_as_such(tmp_path: Path, curve: str) -> None:
    spki = possession.public_key(spelt_out(tmp_path, curve))
    for asked in (possession.kind_of, lambda key: possession.check(key, b"x", "a text")):
        with pytest.raises(possession.ProofRefused) as refused:
            asked(spki)
        assert refused.value.code == "key_kind"


@pytest.mark.parametrize("curve", ["prime256v1", "prime239v1", "sect283k1"])
@pytest.mark.parametrize("sm2", [False, True])
def test_a_signing_request_whose_curve_is_spelt_out_is_refused_in_words(
    authority: LocalAuthority, alice: Actor, tmp_path: Path, curve: str, sm2: bool
) -> None:
    spelt_out(tmp_path, curve)
    openssl(tmp_path, *f"req -new -key private.key -subj /CN={NAME} -out request.pem".split())
    with pytest.raises(CsrRefused):
        read_csr((tmp_path / "request.pem").read_bytes(), sm2=sm2)
    with pytest.raises(CommandError):
        call_command(
            "issue_certificate", str(tmp_path / "request.pem"), customer="aurora", authority="local", level="dv"
        )


def test_a_certificate_without_end_is_shown_in_every_zone(careless: Client, alice: Actor, tmp_path: Path) -> None:
    """99991231235959Z (RFC 5280 4.1.2.5) is past the calendar's end where clocks are ahead."""
    spelt_out(tmp_path, "prime256v1")
    made = asn1.Certificate.load((tmp_path / "leaf.der").read_bytes())
    validity = asn1.Time({"general_time": "99991231235959Z"})
    made["tbs_certificate"]["validity"]["not_after"] = validity
    certificate = taken_in(bytes(made.dump(force=True)))
    assert alice.user
    for zone in ("Pacific/Kiritimati", "Pacific/Niue"):
        User.objects.filter(pk=alice.user.pk).update(time_zone=zone)
        for address in ("/certificates/", "/certificates/?rows=50", reverse("certificate", args=[certificate.pk])):
            assert "9999" in careless.get(address).content.decode(), (zone, address)
    assert Event.objects.filter(certificate_id=certificate.pk).exists()
