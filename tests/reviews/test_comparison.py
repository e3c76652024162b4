"""R7, R8: *equal* is said only of what was read in the letter; a file that was sent before is reported."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import User
from reviews.presenters.comparison import Row, compare, record_checks
from reviews.presenters.subject import Subject
from revocation.letters.template import letter as pdf_letter
from revocation.letters.wording import CONFIRMATION
from revocation.models import Certificate, CertificateBytes, RevocationRequest
from revocation.services.letters import upload
from revocation.services.letters.cover import template_fields
from revocation.services.requests import filing
from tests.reviews import desk
from tests.reviews.conftest import Seat
from tests.reviews.test_case import case_page
from tests.reviews.test_deciding import address, answer_to, decide

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def stamped(user: User, subject: Certificate | None = None) -> RevocationRequest:
    """Submit a request with a letter from our own template, whose QR code a machine reads."""
    now, who = timezone.now(), desk.actor(user)
    subject = subject or desk.certificate(brand="digicert")
    case = filing.begin(subject.pk, by=who, at=now, reason=4, reason_text="Replaced.")
    data = pdf_letter(CONFIRMATION, template_fields(case))
    upload.upload(case.pk, by=who, at=now, data=data, file_name="l.pdf")
    return filing.submit(case.pk, by=who, at=now)


def rows_of(case: RevocationRequest) -> dict[str, Row]:
    return {row.label: row for row in compare(Subject.of(desk.fresh(case), timezone.now()))}


def test_R8_equal_is_what_the_qr_code_says_and_nothing_else(alice: User) -> None:
    rows = rows_of(stamped(alice))
    equal = [label for label, row in rows.items() if row.verdict == "equal"]
    assert equal == ["Letter's request number (QR code)", "Certificate's fingerprint (QR code)"]
    for label in ("Organisation", "Names", "Serial number", "Reason", "Signature and date", "Seal"):
        assert (rows[label].found, rows[label].words) == ("not read by machine", "not read, compare by eye")


def test_R8_a_photograph_without_a_code_is_equal_in_nothing(alice: User, rita: User, seat: Seat) -> None:
    case = desk.with_letter(alice)
    assert {row.verdict for row in rows_of(case).values()} == {"by-eye"}
    page = case_page(seat(rita), case).content.decode()
    assert 'class="equal"' not in page
    assert ">equal<" not in page


def test_R8_the_fact_to_compare_stands_beside_what_was_not_read(alice: User) -> None:
    case = desk.with_letter(alice)
    rows = rows_of(case)
    assert rows["Serial number"].said == case.certificate.serial_number
    assert rows["Seal"].said == rows["Organisation"].said == "Acme Ltd"
    assert rows["Names"].said == "www.example.com, example.com"


def test_R8_a_route_without_a_letter_compares_with_none(alice: User, rita: User, seat: Seat) -> None:
    case = desk.in_review(alice)
    assert rows_of(case) == {}
    page = case_page(seat(rita), case).content.decode()
    assert "Letter check" not in page
    assert ">equal<" not in page


def test_R8_our_own_records_are_never_called_equal_to_the_letter(alice: User, rita: User, seat: Seat) -> None:
    case = desk.with_letter(alice)
    assert {row.verdict for row in record_checks(case)} <= {"agrees", "different", "unreadable"}
    page = case_page(seat(rita), case).content.decode()
    assert "These checks do not cover the letter." in page


def test_R8_a_record_that_differs_from_the_bytes_is_said_to(alice: User) -> None:
    case = desk.with_letter(alice)
    CertificateBytes.objects.filter(certificate=case.certificate).update(der=b"something else")
    Certificate.objects.filter(pk=case.certificate_id).update(organization="Another Ltd")
    differing = [row.label for row in record_checks(desk.fresh(case)) if row.verdict == "different"]
    assert differing == ["Fingerprint in the inventory", "Customer, organisation in the certificate"]


@pytest.fixture
def twice(alice: User) -> tuple[RevocationRequest, RevocationRequest]:
    """Return requests of two customers with the same letter, byte for byte."""
    first = desk.with_letter(alice)
    dora = desk.customer("dora")
    theirs = desk.certificate("www.dora.example", brand="digicert", customer=dora)
    return first, desk.with_letter(desk.person("dora", customer=dora), theirs)


def test_R7_the_reviewer_is_told_with_a_link_before_deciding(
    twice: tuple[RevocationRequest, RevocationRequest], rita: User, seat: Seat
) -> None:
    first, second = twice
    for place in ("change", "decide"):
        args = [second.pk] if place == "change" else [second.pk, "approve"]
        page = seat(rita).get(reverse(f"admin:revocation_revocationrequest_{place}", args=args)).content.decode()
        assert "sent for another request" in page
        assert reverse("admin:revocation_revocationrequest_change", args=[first.pk]) in page
        assert "the same file, byte for byte" in page
        assert "Acme Ltd" in page


def test_R7_a_reuse_that_comes_up_while_somebody_reads_is_told_before_the_decision(
    alice: User, rita: User, seat: Seat
) -> None:
    case = desk.with_letter(alice)
    client = seat(rita)
    given = answer_to(client, case, "approve", sure="on")
    desk.with_letter(alice, desk.certificate("late.example.com", brand="digicert"))
    page = client.post(address(case, "approve"), given).content.decode()
    assert "changed while you were reading" in page
    assert "the same file, byte for byte" in page
    assert desk.fresh(case).state == "in_review"


def test_R7_L1_auditors_read_what_the_reviewer_was_told(
    twice: tuple[RevocationRequest, RevocationRequest], rita: User, audrey: User, seat: Seat
) -> None:
    first, second = twice
    decide(seat(rita), second, "reject", why="This letter is another request's.")
    name, args = "admin:revocation_certificate_record", [second.certificate_id]
    page = seat(audrey).get(reverse(name, args=args)).content.decode()
    assert "Also sent for other requests" in page
    assert first.number in page
    data = seat(audrey).get(reverse(name + "_json", args=args)).json()
    (event,) = (event for event in data["events"] if event["kind"] == "rejected")
    assert event["data"]["reused"][0]["request"] == first.number


def test_R7_the_case_costs_the_same_queries_however_often_a_file_was_sent(
    alice: User, rita: User, seat: Seat, django_assert_max_num_queries: Any
) -> None:
    client, case = seat(rita), desk.with_letter(alice)
    case_page(client, case)
    with django_assert_max_num_queries(60) as first:
        case_page(client, case)
    for n in range(4):
        desk.with_letter(alice, desk.certificate(f"n{n}.example.com", brand="digicert"))
    with django_assert_max_num_queries(len(first) + 5) as later:  # `others of this customer`, one read of those found
        case_page(client, case)
    assert len(later) <= len(first) + 2
