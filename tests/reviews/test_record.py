"""M6, L1: everything about one certificate, for auditors, before and after its deletion."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import User
from reviews.presenters import record
from reviews.presenters.record_words import FIELDS, VERBS
from revocation.checklists import Checked, checklist
from revocation.models import Certificate, Event
from revocation.policy import Route
from revocation.services.inventory import deletion
from revocation.services.review import decisions
from tests.people import LOOKED_AT, seen
from tests.reviews import desk
from tests.reviews.conftest import Seat

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone(alice: User, rita: User, root: User) -> Certificate:
    """Return a certificate whose request was rejected with a note; it expired and was deleted for good."""
    request = desk.with_letter(alice)
    decisions.note(request.pk, by=desk.actor(rita), at=timezone.now(), why="A voice I did not know.")
    desk.deciding_reject(request, rita)
    certificate = request.certificate
    certificate.refresh_from_db()
    certificate.not_after = timezone.now()
    certificate.save()
    deletion.purge(certificate.pk, by=desk.actor(root), at=timezone.now())
    certificate.refresh_from_db()
    return certificate


def at(name: str, certificate: Certificate) -> str:
    return reverse(f"admin:revocation_certificate_{name}", args=[certificate.pk])


def test_M6_the_record_is_complete_and_in_order_after_the_deletion(gone: Certificate, audrey: User, seat: Seat) -> None:
    record = json.loads(seat(audrey).get(at("record_json", gone)).content)
    numbers = [event["number"] for event in record["events"]]
    assert numbers == sorted(Event.objects.filter(certificate_id=gone.pk).values_list("pk", flat=True))
    assert all(event["who"] and event["from_where"] and event["at"].endswith("+00:00") for event in record["events"])
    (request,) = record["requests"]
    assert [(step["verb"], step["why"]) for step in request["steps"]][-1] == ("decided", "No.")
    assert request["letters"][0]["sha256"] == gone.requests.get().letters.get().sha256
    assert request["letters"][0]["erased_at"]
    assert (record["certificate"]["state"], record["certificate"]["deleted_by"]) == ("deleted", "Root")


def test_M6_the_page_to_print_says_the_same(gone: Certificate, audrey: User, seat: Seat) -> None:
    page = seat(audrey).get(at("record", gone)).content.decode()
    for fact in (gone.serial_number, "A voice I did not know.", "permanently deleted", "192.0.2.1", "No."):
        assert fact in page
    assert "printable record" in seat(audrey).get(at("change", gone)).content.decode().lower()


def test_L1_the_checklist_of_the_decision_is_in_the_record(alice: User, rita: User, audrey: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    items = checklist(Route.F1, letter=False)
    shown = {item.key: item.text for item in items}
    decisions.approve(request.pk, by=desk.actor(rita), at=timezone.now(), checked=Checked(set(shown), shown))
    page = seat(audrey).get(at("record", request.certificate)).content.decode()
    for item in items:
        assert f"☑ {item.text}".replace("'", "&#x27;") in page


def test_A1_the_evidence_and_the_justification_are_in_the_record(
    alice: User, rita: User, audrey: User, seat: Seat
) -> None:
    case = desk.in_review(alice, assisted=True)
    decisions.vouch(case.pk, by=desk.actor(rita), at=timezone.now(), why="The registrar confirms it.")
    page = seat(audrey).get(at("record", case.certificate)).content.decode()
    for fact in ("notice.png", case.evidence.get().sha256, "The registrar confirms it."):
        assert fact in page


def test_threat_9_what_turns_the_writing_or_is_not_seen_is_named(
    alice: User, rita: User, audrey: User, seat: Seat
) -> None:
    case = desk.in_review(alice, words="Please keep it.\u202e.ti ekover \u200b")
    pages = (at("record", case.certificate), reverse("admin:revocation_revocationrequest_change", args=[case.pk]))
    for address in pages:
        page = seat(audrey).get(address).content.decode()
        assert "Please keep it.⟨U+202E⟩.ti ekover ⟨U+200B⟩" in page
        assert "\u202e" not in page


def test_auditors_read_and_are_offered_nothing(alice: User, audrey: User, seat: Seat) -> None:
    request = desk.in_review(alice)
    client = seat(audrey)
    case = client.get(reverse("admin:revocation_revocationrequest_change", args=[request.pk])).content.decode()
    assert "/decide/" not in case
    assert "/assign/" not in case
    assert "/unassign/" not in case
    assert "/note/" not in case
    given = {"action": "to_be_renewed", "_selected_action": [request.certificate_id]}
    client.post(reverse("admin:revocation_certificate_changelist"), given)
    assert not Event.objects.filter(kind="renewal_marked").exists()


def test_the_page_names_its_fields_in_the_readers_language_and_the_json_keeps_its_keys(
    alice: User, audrey: User, seat: Seat
) -> None:
    request = desk.in_review(alice)
    audrey.language = "zh-hans"
    audrey.save()
    shown = seat(audrey).get(reverse("admin:revocation_certificate_record", args=[request.certificate_id]))
    page = shown.content.decode()
    assert "<dt>serial_number</dt>" not in page
    assert "<dt>序列号</dt>" in page
    assert "<strong>filed</strong>" not in page
    answer = seat(audrey).get(reverse("admin:revocation_certificate_record_json", args=[request.certificate_id]))
    assert "serial_number" in answer.json()["certificate"]


def test_every_field_of_a_record_has_a_word(alice: User, rita: User, audrey: User) -> None:
    request = desk.with_letter(alice)
    decisions.approve(request.pk, by=desk.actor(rita), at=timezone.now(), checked=LOOKED_AT, shown=seen(request))
    whole = record.gather(request.certificate, timezone.now())
    parts = [whole["certificate"], *whole["orders"], *(letter for r in whole["requests"] for letter in r["letters"])]
    assert parts[1:]
    assert {key for part in parts for key in part} <= set(FIELDS)
    assert set(record.VERBS) == set(VERBS)
