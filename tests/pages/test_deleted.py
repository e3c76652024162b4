"""L7, M6: the organisation keeps requests, history and receipt of what it deleted. Auditors and reviewers see them."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from revocation.models import Actor, Certificate, Letter, Receipt, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.inventory import deletion
from revocation.services.letters import upload
from revocation.services.requests import filing
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate, person
from tests.pages.conftest import Seat
from tests.people import LOOKED_AT, draft, seen
from tests.support.scripted import tell_all

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

HOW = ("hidden", "erased", "hidden, then erased")
deleted_how = pytest.mark.parametrize("how", HOW)


@pytest.fixture
def auditor(db: None) -> Actor:
    return person("audrey", group="auditors")


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor, ron: Actor, letter: bytes) -> RevocationRequest:
    """A revoked request with a letter."""
    begun = draft(make_certificate(brand="digicert", level=Level.OV), alice)
    upload.upload(begun.pk, by=alice, at=NOW, data=letter, file_name="letter.jpg")
    filing.submit(begun.pk, by=alice, at=NOW)
    decisions.approve(begun.pk, by=ron, at=NOW, checked=LOOKED_AT, shown=seen(begun))
    tell_all()
    return RevocationRequest.objects.select_related("certificate").get(pk=begun.pk)


def delete(case: RevocationRequest, how: str, alice: Actor, carl: Actor) -> None:
    if "hidden" in how:
        deletion.hide(case.certificate_id, by=alice, at=NOW)
    if "erased" in how:
        deletion.purge(case.certificate_id, by=carl, at=NOW)


def readable(case: RevocationRequest) -> dict[str, str]:
    """Return what must stay readable, as name → address."""
    receipt = Receipt.objects.get()
    return {
        "request": reverse("request", args=[case.pk]),
        "certificate": reverse("certificate", args=[case.certificate_id]),
        **{form: reverse("receipt", args=[receipt.pk, form]) for form in ("pdf", "pdf.sig", "json", "json.sig")},
    }


@deleted_how
def test_L7_the_organisation_still_opens_request_history_and_receipt(
    page: Client, case: RevocationRequest, how: str, alice: Actor, carl: Actor
) -> None:
    delete(case, how, alice, carl)
    shown = {name: page.get(address) for name, address in readable(case).items()}
    assert {name: answer.status_code for name, answer in shown.items()} == dict.fromkeys(shown, 200)
    for name in ("request", "certificate"):
        text = shown[name].content.decode()
        assert readable(case)["pdf"] in text, name
        assert "revoked" in text
    assert reverse("request", args=[case.pk]) in shown["certificate"].content.decode()
    assert case.certificate.serial_number in shown["certificate"].content.decode()
    assert json.loads(shown["json"].content)["request"]["number"] == case.number
    assert shown["pdf"].content.startswith(b"%PDF-")


@deleted_how
def test_L7_the_list_of_requests_still_has_it_and_the_list_of_certificates_has_not(
    page: Client, case: RevocationRequest, how: str, alice: Actor, carl: Actor
) -> None:
    delete(case, how, alice, carl)
    assert case.number in page.get("/requests/").content.decode()
    assert case.certificate.serial_number[-8:] not in page.get("/certificates/").content.decode()


def test_L7_the_letter_stays_until_staff_delete_for_good(
    page: Client, case: RevocationRequest, alice: Actor, carl: Actor
) -> None:
    file = reverse("letter_file", args=[case.pk, Letter.objects.get().pk])
    deletion.hide(case.certificate_id, by=alice, at=NOW)
    assert page.get(file).status_code == 200
    deletion.purge(case.certificate_id, by=carl, at=NOW)
    assert page.get(file).status_code == 404
    assert "permanently deleted" in page.get(reverse("certificate", args=[case.certificate_id])).content.decode()


@deleted_how
def test_M4_nothing_can_be_done_with_it_any_more(
    page: Client, case: RevocationRequest, how: str, alice: Actor, carl: Actor
) -> None:
    delete(case, how, alice, carl)
    before = list(Certificate.objects.values())
    shown = page.get(reverse("certificate", args=[case.certificate_id])).content.decode()
    typed = {"target": "1", "email": "a@b.example"}
    for verb in ("download", "deploy", "revoke", "assisted", "compromised", "delete", "watch"):
        address = reverse(verb, args=[case.certificate_id])
        answers = [page.get(address, follow=True), page.post(address, typed, follow=True)]
        if verb == "download":
            assert [answer.status_code for answer in answers] == [409, 405]
        assert all(b"BEGIN CERTIFICATE" not in answer.content for answer in answers), verb
        assert list(Certificate.objects.values()) == before, verb
        assert address not in shown


@deleted_how
def test_L3_strangers_still_get_404(
    request: pytest.FixtureRequest, seat: Seat, case: RevocationRequest, how: str, alice: Actor, carl: Actor
) -> None:
    delete(case, how, alice, carl)
    for who in ("charlie", "rita", "carl", "root"):
        client = seat(request.getfixturevalue(who))
        assert {client.get(address).status_code for address in readable(case).values()} == {404}, who


def test_M6_deleting_twice_is_the_same_as_once(page: Client, case: RevocationRequest) -> None:
    """A second click, or the back button."""
    address = reverse("delete", args=[case.certificate_id])
    assert page.post(address).status_code == 302
    assert page.post(address)["Location"] == "/certificates/"
    assert page.get(address)["Location"] == reverse("certificate", args=[case.certificate_id])


def test_M6_the_confirmation_says_what_stays_and_offers_the_receipt(page: Client, case: RevocationRequest) -> None:
    text = page.get(reverse("delete", args=[case.certificate_id])).content.decode()
    assert "Members of your organisation can still see:" in text
    assert reverse("request", args=[case.pk]) in text
    assert readable(case)["pdf"] in text


def of_the_desk(case: RevocationRequest) -> dict[str, str]:
    number = case.certificate_id
    return {
        "case": reverse("admin:revocation_revocationrequest_change", args=[case.pk]),
        "certificate": reverse("admin:revocation_certificate_change", args=[number]),
        "record": reverse("admin:revocation_certificate_record", args=[number]),
        "receipt": reverse("admin:revocation_certificate_receipt", args=[number, "pdf"]),
        "receipt.json": reverse("admin:revocation_certificate_receipt", args=[number, "json"]),
    }


@pytest.mark.parametrize("how", ["kept", *HOW])
def test_L7_auditors_and_reviewers_read_the_receipt_at_the_desk(
    request: pytest.FixtureRequest, seat: Seat, case: RevocationRequest, how: str, alice: Actor, carl: Actor
) -> None:
    delete(case, how, alice, carl)
    pages = of_the_desk(case)
    for who in ("auditor", "rita", "root"):
        client = seat(request.getfixturevalue(who))
        shown = {name: client.get(address) for name, address in pages.items()}
        assert {name: answer.status_code for name, answer in shown.items()} == dict.fromkeys(shown, 200), who
        for name in ("case", "certificate", "record"):
            assert pages["receipt"] in shown[name].content.decode(), (who, name)
        assert shown["receipt"].content.startswith(b"%PDF-")


def test_L7_auditors_follow_the_customers_link_too(seat: Seat, case: RevocationRequest, auditor: Actor) -> None:
    address = readable(case)["pdf"]
    assert seat(auditor).get(address).status_code == 200
    assert auditor.user
    auditor.user.groups.remove(Group.objects.get(name="auditors"))
    assert seat(auditor).get(address).status_code == 404


def test_L7_the_desks_receipt_is_nobody_elses(seat: Seat, case: RevocationRequest, alice: Actor, carl: Actor) -> None:
    address = of_the_desk(case)["receipt"]
    assert seat(alice).get(address).status_code == 302
    assert seat(carl).get(address).status_code == 403
    assert seat(person("audrey", group="auditors")).get(address.replace(".pdf", ".exe")).status_code == 404
