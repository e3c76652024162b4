"""Importing and issuing certificates through the pages for certificate staff."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import Customer, User
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.models import LocalAuthority
from revocation.models import Brand, Certificate, Event
from revocation.pki.export import as_pem
from tests.reviews.conftest import Seat

pytestmark = pytest.mark.django_db


def at(name: str, *args: Any) -> str:
    return reverse(f"admin:revocation_certificate_{name}", args=args)


@pytest.fixture
def order(acme: Customer) -> dict[str, str]:
    """Return the fields of the form besides the bytes."""
    Brand.objects.get_or_create(slug="digicert", defaults={"name": "DigiCert"})
    facts = {
        "customer": "acme",
        "brand": "digicert",
        "level": "dv",
        "term_years": "1",
        "validation_method": "dns",
    }
    return facts | {"days": "90"}


@pytest.fixture
def authority(db: None) -> LocalAuthority:
    return create_authority("here", "Here CA", at=timezone.now())


def signing_request(name: str = "www.example.com") -> x509.CertificateSigningRequest:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())


def pem(thing: x509.Certificate | x509.CertificateSigningRequest) -> str:
    return thing.public_bytes(serialization.Encoding.PEM).decode()


def private_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


def test_a_certificate_is_issued_from_a_signing_request(
    order: dict[str, str], authority: LocalAuthority, carl: User, seat: Seat
) -> None:
    given = order | {"authority": "here", "csr": pem(signing_request())}
    response = seat(carl).post(at("issue"), given)
    certificate = Certificate.objects.get()
    assert response["Location"] == at("change", certificate.pk)
    assert (certificate.common_name, certificate.authority) == ("www.example.com", "here")
    assert Event.objects.get(kind="issued").actor_id == carl.pk


def test_a_file_is_imported_once(order: dict[str, str], authority: LocalAuthority, carl: User, seat: Seat) -> None:
    client = seat(carl)
    client.post(at("issue"), order | {"authority": "here", "csr": pem(signing_request())})
    der = bytes(Certificate.objects.get().bytes.der)
    response = client.post(at("import"), order | {"file": SimpleUploadedFile("a.der", der)})
    assert "already in the inventory" in response.content.decode()
    assert Certificate.objects.count() == 1


def test_pasted_text_that_is_no_certificate_is_refused_with_a_sentence(
    order: dict[str, str], carl: User, seat: Seat
) -> None:
    response = seat(carl).post(at("import"), order | {"pem": "hello"})
    assert response.status_code == 200
    assert response.context["form"].non_field_errors()
    assert Event.objects.filter(kind="import_refused").exists()


@pytest.mark.parametrize(("page", "field"), [("import", "pem"), ("issue", "csr")])
def test_threat_40_a_pasted_private_key_is_refused_and_never_drawn_again(
    order: dict[str, str], authority: LocalAuthority, carl: User, seat: Seat, page: str, field: str
) -> None:
    key = private_key()
    response = seat(carl).post(at(page), order | {"authority": "here", field: key})
    assert response.status_code == 200
    assert "private key" in response.content.decode().lower()
    assert key.splitlines()[1] not in response.content.decode()
    assert not Certificate.objects.exists()
    assert key.splitlines()[1] not in str(list(Event.objects.values()))


@pytest.mark.parametrize("both", [True, False])
def test_either_a_file_or_pasted_text(order: dict[str, str], carl: User, seat: Seat, both: bool) -> None:
    more = {"pem": "x", "file": SimpleUploadedFile("a.pem", b"x")} if both else {}
    response = seat(carl).post(at("import"), order | more)
    assert "a file or paste text" in response.content.decode()


def test_an_unknown_customer_is_named_as_such(order: dict[str, str], carl: User, seat: Seat) -> None:
    response = seat(carl).post(at("import"), order | {"customer": "nobody", "pem": "x"})
    assert "no customer with this short name" in response.content.decode()


def test_refusals_of_the_authority_are_said(
    order: dict[str, str], authority: LocalAuthority, carl: User, seat: Seat
) -> None:
    response = seat(carl).post(at("issue"), order | {"authority": "here", "csr": "hello"})
    assert "not a signing request" in response.content.decode()


def test_reviewers_do_not_import(order: dict[str, str], rita: User, seat: Seat) -> None:
    assert seat(rita).post(at("import"), order | {"pem": "x"}).status_code == 403


def test_C5_a_file_that_is_cut_off_is_imported_up_to_there_and_called_incomplete(
    order: dict[str, str], authority: LocalAuthority, carl: User, seat: Seat
) -> None:
    client = seat(carl)
    for name in ("one.example", "two.example"):
        client.post(at("issue"), order | {"authority": "here", "csr": pem(signing_request(name))})
    ders = [bytes(certificate.bytes.der) for certificate in Certificate.objects.order_by("pk")]
    cut = SimpleUploadedFile("a.pem", as_pem(ders)[:-200])
    said = client.post(at("import"), order | {"file": cut}).content.decode()
    assert "1 certificate was not imported." in said
    assert "already in the inventory" in said
    assert "Certificate 2, line " in said
    assert "cut off after certificate number 1" in said
    alone = client.post(at("import"), order | {"pem": as_pem(ders[:1])[:-200].decode()})
    assert "cut off in its first certificate" in str(alone.context["form"].non_field_errors())
