"""What a draft needs before it is submitted: reason and words (F5), the letter (F6 to F10)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from revocation.letters.inspection import LetterRejected
from revocation.models import Actor, Event, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.core.transitions import ActorRefused, TransitionRefused
from revocation.services.letters import store, upload
from revocation.services.requests import filing
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.people import delegate, fresh, submitted


def test_F5_an_open_draft_takes_the_reason_typed_last(
    make_certificate: MakeCertificate, alice: Actor, bob: Actor
) -> None:
    certificate = make_certificate()
    filing.begin(certificate.pk, by=alice, at=NOW, reason=4, reason_text="Replaced.")
    again = filing.begin(certificate.pk, by=bob, at=NOW, reason=1, reason_text="Key stolen.")
    assert (fresh(again).reason, fresh(again).reason_text) == (1, "Key stolen.")


def test_F5_reason_and_words_are_needed(make_certificate: MakeCertificate, alice: Actor) -> None:
    draft = filing.begin(make_certificate().pk, by=alice, at=NOW, reason=4)
    with pytest.raises(TransitionRefused):
        filing.submit(draft.pk, by=alice, at=NOW)
    filing.amend(draft.pk, by=alice, at=NOW, reason=4, reason_text="Replaced.")
    assert filing.submit(draft.pk, by=alice, at=NOW).state == "in_review"


def test_F5_words_alone_are_no_reason(make_certificate: MakeCertificate, alice: Actor) -> None:
    draft = filing.begin(make_certificate().pk, by=alice, at=NOW, reason=None, reason_text="We have a new one.")
    assert draft.missing() == ("reason",)
    with pytest.raises(TransitionRefused):
        filing.submit(draft.pk, by=alice, at=NOW)


def test_reasons_that_are_not_offered_are_refused(make_certificate: MakeCertificate, alice: Actor) -> None:
    certificate = make_certificate()
    for code in (2, 3, 6, 9):  # 3 is for OV and EV
        with pytest.raises(filing.ReasonRefused):
            filing.begin(certificate.pk, by=alice, at=NOW, reason=code)


def test_F4_letter_may_be_replaced_until_next_and_F8_never_after(
    make_certificate: MakeCertificate, alice: Actor, letter: bytes
) -> None:
    certificate = make_certificate(brand="digicert", level=Level.OV)
    draft = filing.begin(certificate.pk, by=alice, at=NOW, reason=4, reason_text="Replaced.")
    with pytest.raises(TransitionRefused):  # F6: the letter is missing
        filing.submit(draft.pk, by=alice, at=NOW)
    first = upload.upload(draft.pk, by=alice, at=NOW, data=letter, file_name="a.jpg")
    second = upload.upload(draft.pk, by=alice, at=NOW, data=letter, file_name="b.jpeg")
    assert fresh(first).superseded_at
    assert store.read_file(second) == letter
    filing.submit(draft.pk, by=alice, at=NOW)
    with pytest.raises(upload.LetterSlotClosed):
        upload.upload(draft.pk, by=alice, at=NOW, data=letter, file_name="c.jpg")


def test_F8_hand_back_reopens_the_slot_and_keeps_the_earlier_file(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, letter: bytes
) -> None:
    certificate = make_certificate(brand="digicert", level=Level.OV)
    draft = filing.begin(certificate.pk, by=alice, at=NOW, reason=4, reason_text="Replaced.")
    first = upload.upload(draft.pk, by=alice, at=NOW, data=letter, file_name="a.jpg")
    filing.submit(draft.pk, by=alice, at=NOW)
    decisions.hand_back(draft.pk, by=rita, at=NOW, why="No seal.")
    assert fresh(certificate).state == "revoking"
    upload.upload(draft.pk, by=alice, at=NOW, data=letter, file_name="b.jpg")
    assert store.read_file(fresh(first)) == letter
    assert filing.submit(draft.pk, by=alice, at=NOW).state == "in_review"


def test_L3_a_stranger_who_submits_locks_and_writes_nothing(
    make_certificate: MakeCertificate, alice: Actor, charlie: Actor
) -> None:
    """Nothing is written, not even what the delegations waive by now (F9)."""
    draft = filing.begin(make_certificate(brand="digicert", level=Level.OV).pk, by=alice, at=NOW, reason=4)
    delegate(alice, "www.aurora.example")
    RevocationRequest.objects.filter(pk=draft.pk).update(letter_waived=False)
    with CaptureQueriesContext(connection) as queries, pytest.raises(ActorRefused):
        filing.submit(draft.pk, by=charlie, at=NOW)
    assert [query["sql"] for query in queries if not query["sql"].startswith("SELECT")] == []
    assert not any("FOR UPDATE" in query["sql"] for query in queries)
    assert not fresh(draft).letter_waived


def test_F7_refused_letter_leaves_the_draft_and_an_event(make_certificate: MakeCertificate, alice: Actor) -> None:
    certificate = make_certificate(brand="digicert", level=Level.OV)
    draft = filing.begin(certificate.pk, by=alice, at=NOW, reason=4, reason_text="Replaced.")
    with pytest.raises(LetterRejected, match="1468006"):
        upload.upload(draft.pk, by=alice, at=NOW, data=b"MZ" * 1000, file_name="a.pdf")
    assert fresh(draft).state == "draft"
    assert Event.objects.filter(request_id=draft.pk).latest("pk").kind == "letter_refused"


def test_F10_no_letter_on_F1(make_certificate: MakeCertificate, alice: Actor, letter: bytes) -> None:
    draft = filing.begin(make_certificate().pk, by=alice, at=NOW)
    with pytest.raises(upload.LetterSlotClosed):
        upload.upload(draft.pk, by=alice, at=NOW, data=letter, file_name="a.jpg")


def test_F9_waived_letter_still_goes_to_review(make_certificate: MakeCertificate, alice: Actor) -> None:
    delegate(alice, "www.aurora.example")
    request = submitted(make_certificate(brand="digicert", level=Level.OV), alice)
    assert (request.letter_waived, request.state) == (True, "in_review")
