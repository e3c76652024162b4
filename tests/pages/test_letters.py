"""F7 to F10 at the upload form: a refusal is a 422 with a sentence and keeps nothing. When a letter may be replaced."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from revocation.models import Actor, Certificate, Event, HeldLetter, Letter, Mail, RevocationRequest
from revocation.pki.facts import Level
from tests.conftest import MakeCertificate
from tests.pages.conftest import scan
from tests.people import delegate, draft, picture

pytestmark = pytest.mark.slow

LIMIT = 1_468_006
JPG, GIF, PNG = picture("JPEG"), picture("GIF"), picture("PNG")


@pytest.fixture
def f4(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return draft(make_certificate(brand="digicert", level=Level.OV), alice)


BAD = {
    "empty": (b"", "letter.jpg", "empty"),
    "1024 bytes": (JPG[:1024], "letter.jpg", "1024"),
    "too large": (JPG + b"\0" * (LIMIT + 1 - len(JPG)), "letter.jpg", str(LIMIT + 1)),
    "much too large": (JPG + b"\0" * (3 * LIMIT), "letter.jpg", str(len(JPG) + 3 * LIMIT)),
    "gif for F4": (GIF, "letter.gif", "GIF"),
    "name and content differ": (PNG, "letter.jpg", "PNG"),
    "a program": (b"MZ" + b"\0" * 5000, "letter.pdf", "JPG"),
    "a web page": (b"<html><script>alert(1)</script>" + b" " * 5000, "letter.pdf", "JPG"),
}


@pytest.mark.parametrize("case", list(BAD))
def test_F7_what_is_refused_says_what_was_found_and_what_is_accepted(
    page: Client, f4: RevocationRequest, case: str
) -> None:
    data, name, said = BAD[case]
    answer = page.post(f"/requests/{f4.pk}/letter/", {"letter": SimpleUploadedFile(name, data)})
    assert answer.status_code == 422
    problem = answer.content.decode().split('id="problem"')[1].split("</p>")[0]
    assert said in problem
    assert not Letter.objects.exists()


def test_a_letter_prepared_for_another_request_is_refused_by_name(
    page: Client, f4: RevocationRequest, make_certificate: MakeCertificate, alice: Actor
) -> None:
    other = draft(make_certificate("other.aurora.example", brand="digicert", level=Level.OV), alice)
    template = page.get(f"/requests/{other.pk}/letter/template.pdf").content
    answer = page.post(f"/requests/{f4.pk}/letter/", {"letter": scan(template, "letter.pdf")})
    assert answer.status_code == 422
    assert f"prepared for request {other.number}" in answer.content.decode()
    assert page.post(f"/requests/{other.pk}/letter/", {"letter": scan(template, "letter.pdf")}).status_code == 302


def test_F7_no_file_at_all_is_said(page: Client, f4: RevocationRequest) -> None:
    answer = page.post(f"/requests/{f4.pk}/letter/", {})
    assert answer.status_code == 422
    assert "Select the file" in answer.content.decode()


def test_F8_F4_may_be_replaced_until_next_and_F2_not(
    page: Client, f4: RevocationRequest, alice: Actor, letter: bytes, sm2_case: RevocationRequest
) -> None:
    for _ in range(2):
        assert page.post(f"/requests/{f4.pk}/letter/", {"letter": scan(letter)}).status_code == 302
    assert f4.letters.filter(superseded_at__isnull=True).count() == 1
    address = f"/requests/{sm2_case.pk}/letter/"
    assert "You can upload this letter only once." in page.get(address).content.decode()
    assert page.post(address, {"letter": scan(letter)})["Location"] == f"{address}check/"
    assert sm2_case.current_letter() is None
    assert "you cannot replace it" in page.get(f"{address}check/").content.decode()
    held = {"held": HeldLetter.objects.get().pk}
    for _ in range(2):  # a double click
        assert page.post(f"{address}keep/", held)["Location"] == f"/requests/{sm2_case.pk}/"
    assert sm2_case.letters.count() == 1
    assert page.post(address, {"letter": scan(letter)}).status_code == 409
    assert "You cannot upload it again" in page.get(address).content.decode()


def test_F8_another_file_may_be_chosen_before_it_is_kept(
    page: Client, alice: Actor, letter: bytes, sm2_case: RevocationRequest
) -> None:
    address = f"/requests/{sm2_case.pk}/letter/"
    page.post(address, {"letter": scan(letter)})
    first = HeldLetter.objects.get()
    assert page.post(f"{address}drop/")["Location"] == address
    page.post(address, {"letter": scan(letter, "better.jpg")})
    assert page.post(f"{address}keep/", {"held": first.pk}).status_code == 409
    assert page.post(f"{address}keep/", {"held": HeldLetter.objects.get().pk}).status_code == 302
    assert sm2_case.current_letter().file_name == "better.jpg"


def test_a_warning_is_shown_with_the_page_before_it_counts_and_may_be_overruled(
    page: Client, f4: RevocationRequest
) -> None:
    address = f"/requests/{f4.pk}/letter/"
    grey = picture("PNG", colour="grey")
    assert page.post(address, {"letter": scan(grey, "grey.png")})["Location"] == f"{address}check/"
    shown = page.get(f"{address}check/").content.decode()
    assert "No red seal was found: 0.0 %" in shown
    held = HeldLetter.objects.get()
    assert page.get(f"{address}held/{held.pk}/pages/1/")["Content-Type"] == "image/jpeg"
    assert page.get(f"{address}held/{held.pk}/pages/2/").status_code == 404
    assert f4.current_letter() is None
    page.post(f"{address}keep/", {"held": held.pk})
    assert {hint["code"] for hint in f4.current_letter().hints} >= {"no_red_seal"}


def test_a_script_is_told_where_to_go_on(page: Client, f4: RevocationRequest, letter: bytes) -> None:
    answer = page.post(
        f"/requests/{f4.pk}/letter/", {"letter": scan(letter)}, headers={"X-Requested-With": "XMLHttpRequest"}
    )
    assert (answer.status_code, answer["Location"]) == (201, f"/requests/{f4.pk}/")


def test_F8_earlier_letters_stay_visible_to_the_customer(page: Client, f4: RevocationRequest, letter: bytes) -> None:
    for name in ("first.jpg", "second.jpg"):
        page.post(f"/requests/{f4.pk}/letter/", {"letter": scan(letter, name)})
    assert "first.jpg" in page.get(f"/requests/{f4.pk}/").content.decode()
    old = f4.letters.get(file_name="first.jpg")
    assert page.get(f"/requests/{f4.pk}/letter/{old.pk}/file/").content == letter


@pytest.fixture
def sm2_case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    """A draft of route F2, which follows from the standard. The key does not matter to the form."""
    subject = make_certificate("sm2.aurora.example", brand="dnspod", level=Level.OV)
    type(subject).objects.filter(pk=subject.pk).update(standard="sm2")
    return draft(type(subject).objects.get(pk=subject.pk), alice)


@pytest.mark.parametrize("brand", ["wotrus", "digicert"], ids=["F1", "F3"])
def test_F10_routes_without_a_letter_refuse_one(
    page: Client, make_certificate: MakeCertificate, alice: Actor, letter: bytes, brand: str
) -> None:
    case = draft(make_certificate(brand=brand), alice)
    answer = page.post(f"/requests/{case.pk}/letter/", {"letter": scan(letter)})
    assert answer.status_code == 409
    assert "takes no letter" in answer.content.decode()
    assert page.get(f"/requests/{case.pk}/letter/template.pdf").status_code == 404


def test_F9_where_domains_are_validated_automatically_no_letter_is_asked(
    page: Client, make_certificate: MakeCertificate, alice: Actor, letter: bytes
) -> None:
    delegate(alice, "www.aurora.example", at=timezone.now())
    case = draft(make_certificate(brand="digicert", level=Level.OV), alice, at=timezone.now())
    assert "No letter is needed" in page.get(f"/requests/{case.pk}/").content.decode()
    assert page.post(f"/requests/{case.pk}/letter/", {"letter": scan(letter)}).status_code == 409


def test_the_template_is_a_pdf_and_no_cache_keeps_it(page: Client, f4: RevocationRequest) -> None:
    answer = page.get(f"/requests/{f4.pk}/letter/template.pdf")
    assert answer.content.startswith(b"%PDF-")
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Content-Disposition"].startswith("attachment;")


def test_threat_2_the_letter_comes_back_harmless(page: Client, f4: RevocationRequest, letter: bytes) -> None:
    page.post(f"/requests/{f4.pk}/letter/", {"letter": scan(letter, "<b>信</b> script.jpg")})
    stored = Letter.objects.get()
    answer: Any = page.get(f"/requests/{f4.pk}/letter/{stored.pk}/file/")
    assert (b"".join(answer.streaming_content) if answer.streaming else answer.content) == letter
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "<b>" not in page.get(f"/requests/{f4.pk}/").content.decode()


def test_threat_12_a_letter_changed_in_the_store_is_not_shown_and_alarms_once(
    page: Client, f4: RevocationRequest, rita: Actor, letter: bytes
) -> None:
    page.post(f"/requests/{f4.pk}/letter/", {"letter": scan(letter)})
    stored = Letter.objects.get()
    storages["letters"].delete(stored.stored_as)
    storages["letters"].save(stored.stored_as, ContentFile(letter[:-1] + b"x"))
    for _ in range(2):
        assert page.get(f"/requests/{f4.pk}/letter/{stored.pk}/file/").status_code == 404
    assert Event.objects.filter(kind="letter_damaged", request_id=f4.pk).count() == 1
    assert Mail.objects.filter(template="letter_damaged", to="rita@certportal.example").count() == 1


def test_threat_6_the_event_names_the_pictures_that_people_are_shown(
    page: Client, f4: RevocationRequest, letter: bytes
) -> None:
    page.post(f"/requests/{f4.pk}/letter/", {"letter": scan(letter)})
    kept = f4.current_letter()
    assert kept
    shown = page.get(f"/requests/{f4.pk}/letter/{kept.pk}/pages/1/").content
    told = Event.objects.get(kind="letter_uploaded").data
    assert told["pictures"] == [hashlib.sha256(shown).hexdigest()]
    assert told["sha256"] == hashlib.sha256(letter).hexdigest()


def test_only_the_page_of_the_upload_may_frame_what_was_chosen(page: Client, f4: RevocationRequest) -> None:
    policies = [page.get(f"/requests/{f4.pk}/{where}")["Content-Security-Policy"] for where in ("letter/", "")]
    assert ["frame-src blob:" in policy for policy in policies] == [True, False]
    assert all("default-src 'none'; script-src 'self';" in policy for policy in policies)


def test_what_the_template_cannot_show_is_said_where_it_is_offered(page: Client, f4: RevocationRequest) -> None:
    address = f"/requests/{f4.pk}/letter/"
    assert "font cannot show" not in page.get(address).content.decode()
    Certificate.objects.filter(pk=f4.certificate_id).update(organization="𠮷野家")
    assert "font cannot show 𠮷 and prints □ instead" in page.get(address).content.decode()
