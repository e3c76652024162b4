"""K1: the page on which somebody proves that they hold the private key."""

from __future__ import annotations

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from revocation.authorities.local.models import LocalAuthority
from revocation.models import Actor, Certificate, Event, RevocationRequest
from tests.pages.conftest import Seat
from tests.people import deploy, fresh
from tests.services.requests.test_key_compromise import Holder


@pytest.fixture
def holder(authority: LocalAuthority, alice: Actor) -> Holder:
    return Holder(authority)


@pytest.fixture
def certificate(holder: Holder) -> Certificate:
    return holder.certificate()


def address(certificate: Certificate) -> str:
    return f"/certificates/{certificate.pk}/compromised/"


def test_K1_the_page_shows_the_command_and_takes_what_was_pasted(
    page: Client, holder: Holder, certificate: Certificate
) -> None:
    shown = page.get(address(certificate)).content.decode()
    assert "openssl dgst -sha256 -sign private.key" in shown
    assert certificate.fingerprint in shown
    sent = page.post(address(certificate), {"signature": b64encode(holder.sign(certificate)).decode()})
    case = RevocationRequest.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, f"/requests/{case.pk}/")
    assert "Prove key compromise" in page.get(sent["Location"]).content.decode()
    again = page.get(address(certificate))
    assert f"/requests/{case.pk}/" in again.content.decode()


def test_K1_a_file_is_taken_as_well(page: Client, holder: Holder, certificate: Certificate) -> None:
    file = SimpleUploadedFile("signature.bin", holder.sign(certificate))
    assert page.post(address(certificate), {"file": file}).status_code == 302
    assert fresh(certificate).state == "revoking"


def test_K1_a_pasted_private_key_is_refused_and_is_nowhere(
    page: Client, holder: Holder, certificate: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    """Threat 40."""
    pem = holder.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    answer = page.post(address(certificate), {"signature": pem})
    secret = pem.splitlines()[1]
    assert (answer.status_code, "looks like a private key" in answer.content.decode()) == (422, True)
    assert secret not in answer.content.decode()
    assert secret not in caplog.text
    assert Event.objects.get(kind="key_proof_refused").data == {"code": "private_key"}
    assert fresh(certificate).state == "issued"


def test_K1_a_wrong_signature_comes_back_with_a_plain_sentence(
    page: Client, holder: Holder, certificate: Certificate
) -> None:
    pasted = b64encode(holder.sign(holder.certificate())).decode()
    answer = page.post(address(certificate), {"signature": pasted})
    assert answer.status_code == 422
    assert "The signature does not fit" in answer.content.decode()
    assert answer.context["pasted"] == pasted, "nothing typed is lost"


def test_K1_the_page_is_linked_where_one_revokes_and_where_a_rule_refuses(
    page: Client, holder: Holder, certificate: Certificate, alice: Actor
) -> None:
    refused = holder.certificate(left=20, to_be_renewed=True)
    deploy(refused, alice)
    for one in (certificate, refused):
        assert address(one) in page.get(f"/certificates/{one.pk}/revoke/").content.decode()


def test_K1_staff_see_the_blocked_key_and_every_certificate_with_it(
    seat: Seat, rita: Actor, page: Client, holder: Holder, certificate: Certificate
) -> None:
    sibling = holder.certificate()
    page.post(address(certificate), {"signature": b64encode(holder.sign(certificate)).decode()})
    desk = seat(rita)
    listed = desk.get("/admin/revocation/blockedkey/").content.decode()
    link = f"/admin/revocation/certificate/?key_digest={certificate.key_digest}"
    assert link in listed
    assert sibling.serial_number in desk.get(link).content.decode()
