"""R1: the case page, and the letter beside the facts (threats 9, 10, 12)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import User
from reviews.presenters.comparison import compare
from reviews.presenters.subject import Subject
from revocation.letters.template import letter as pdf_letter
from revocation.letters.wording import CONFIRMATION
from revocation.models import Deployment, DeploymentTarget, Letter, RevocationRequest
from revocation.services.inventory import deletion
from revocation.services.letters import upload
from revocation.services.letters.cover import template_fields
from revocation.services.requests import joint_filing
from tests.reviews import desk
from tests.reviews.conftest import Seat

pytestmark = pytest.mark.django_db


def case_page(client: Client, request: RevocationRequest) -> Any:
    return client.get(reverse("admin:revocation_revocationrequest_change", args=[request.pk]))


def letter_address(letter: Letter) -> str:
    return reverse("admin:revocation_revocationrequest_letter", args=[letter.request_id, letter.pk])


def picture_address(letter: Letter, number: int = 1) -> str:
    return reverse("admin:revocation_revocationrequest_picture", args=[letter.request_id, letter.pk, number])


@pytest.fixture
def request_with_letter(alice: User) -> RevocationRequest:
    return desk.with_letter(alice)


def test_R1_the_letter_stands_beside_the_facts(request_with_letter: RevocationRequest, rita: User, seat: Seat) -> None:
    page = case_page(seat(rita), request_with_letter).content.decode()
    certificate = request_with_letter.certificate
    letter = Letter.objects.get()
    assert picture_address(letter) in page
    assert letter.sha256 in page
    for fact in (
        certificate.serial_number,
        "www.example.com",
        "example.com",
        "Acme Ltd",
        "CN=Example CA",
        "OV",
    ):
        assert fact in page
    assert "superseded" in page
    assert "Replaced." in page
    for verb in ("approve", "reject", "hand_back"):
        assert f"/decide/{verb}/" in page
    assert "/decide/vouch/" not in page


def test_letters_leave_with_protecting_headers(request_with_letter: RevocationRequest, rita: User, seat: Seat) -> None:
    letter = Letter.objects.get()
    client = seat(rita)
    original, picture = client.get(letter_address(letter)), client.get(picture_address(letter))
    assert original.content == desk.letter()
    assert original["Content-Type"] == "image/png"
    assert original["Content-Disposition"] == 'attachment; filename="our \\"letter\\".png"'
    assert picture["Content-Type"] == letter.pictures.get().media_type
    for response in (original, picture):
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert response["Cache-Control"] == "private, no-store"


def test_a_letter_is_found_under_its_own_request_only(
    request_with_letter: RevocationRequest, alice: User, rita: User, seat: Seat
) -> None:
    other = desk.in_review(alice)
    letter = Letter.objects.get()
    client = seat(rita)
    name = "admin:revocation_revocationrequest_"
    assert client.get(reverse(name + "letter", args=[other.pk, letter.pk])).status_code == 404
    assert client.get(reverse(name + "picture", args=[other.pk, letter.pk, 1])).status_code == 404
    assert client.get(picture_address(letter, 2)).status_code == 404


def test_a_damaged_letter_is_not_shown(
    request_with_letter: RevocationRequest, rita: User, seat: Seat, caplog: pytest.LogCaptureFixture
) -> None:
    letter = Letter.objects.get()
    storages["letters"].delete(letter.stored_as)
    storages["letters"].save(letter.stored_as, ContentFile(b"something else"))
    response = seat(rita).get(letter_address(letter))
    assert response.status_code == 500
    assert "differs from the uploaded letter" in response.content.decode()
    assert b"something else" not in response.content
    assert "does not match its digest" in caplog.text


def test_a_missing_letter_is_said_to_be_missing(request_with_letter: RevocationRequest, rita: User, seat: Seat) -> None:
    letter = Letter.objects.get()
    storages["letters"].delete(letter.stored_as)
    assert "missing from the storage" in seat(rita).get(letter_address(letter)).content.decode()


def test_M6_an_erased_letter_is_404_and_the_case_still_opens(
    request_with_letter: RevocationRequest, rita: User, root: User, seat: Seat
) -> None:
    certificate = request_with_letter.certificate
    desk.deciding_reject(request_with_letter, rita)
    certificate.refresh_from_db()
    certificate.not_after = timezone.now() - timedelta(days=1)
    certificate.save()
    deletion.purge(certificate.pk, by=desk.actor(root), at=timezone.now())
    assert seat(rita).get(letter_address(Letter.objects.get())).status_code == 404
    assert "erased with the certificate" in case_page(seat(rita), request_with_letter).content.decode()


def test_M7_deployments_are_shown_to_the_reviewer(alice: User, rita: User, seat: Seat) -> None:
    certificate = desk.certificate()
    target = DeploymentTarget.objects.create(customer=certificate.customer, name="Shop front", folder="shop")
    Deployment.objects.create(certificate=certificate, target=target)
    request = desk.in_review(alice, certificate, reason=1)
    page = case_page(seat(rita), request).content.decode()
    assert "Shop front" in page
    assert "These sites break" in page
    assert "Someone else may have the private key" in page


def test_threat_9_what_customers_wrote_is_escaped(alice: User, rita: User, seat: Seat) -> None:
    nasty = "<script>alert(1)</script>"
    certificate = desk.certificate(nasty, names=[nasty], organization=nasty, subject=nasty, issuer=nasty)
    request = desk.in_review(alice, certificate, words=nasty)
    client = seat(rita)
    queue = client.get(reverse("admin:revocation_revocationrequest_changelist"))
    confirm = client.get(reverse("admin:revocation_revocationrequest_decide", args=[request.pk, "approve"]))
    for response in (case_page(client, request), queue, confirm):
        assert nasty not in response.content.decode()
        assert "&lt;script&gt;" in response.content.decode()


def test_the_case_page_is_read_only(alice: User, root: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    address = reverse("admin:revocation_revocationrequest_change", args=[request.pk])
    assert seat(root).post(address, {"state": "revoked"}).status_code == 405
    assert desk.fresh(request).state == "in_review"


def test_no_inline_script_or_style(request_with_letter: RevocationRequest, rita: User, seat: Seat) -> None:
    page = case_page(seat(rita), request_with_letter).content.decode()
    assert "<style" not in page
    assert " style=" not in page
    assert "onclick" not in page
    assert page.count("<script") == page.count("<script src=")


@pytest.mark.parametrize("stamped", [True, False], ids=["code read", "no code"])
def test_R1_the_letter_of_a_joint_filing_is_compared_by_both_numbers(alice: User, stamped: bool) -> None:
    """Its template carries the filing's number, not the request's."""
    chosen = [desk.certificate(f"j{n}.example.com", brand="digicert").pk for n in range(2)]
    who, now = desk.actor(alice), timezone.now()
    begun = joint_filing.begin_together(chosen, by=who, at=now, reason=4, reason_text="New ones.").begun
    first = begun[0].draft
    data = pdf_letter(CONFIRMATION, template_fields(first)) if stamped else desk.letter()
    upload.upload(first.pk, by=who, at=now, data=data, file_name="l.pdf" if stamped else "l.png")
    (row,) = [
        row for row in compare(Subject.of(desk.fresh(first), now)) if "number" in row.label and "etter" in row.label
    ]
    assert row.said == f"{first.number}, or {first.filed_with.number} for the joint filing"
    assert (row.found, row.verdict) == (
        ("request or joint filing number", "equal") if stamped else ("no QR code was read", "by-eye")
    )
