"""Threat 11, F8: many uploads at the same instant leave one letter, and in the store exactly what its rows name."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.storage import storages

from revocation.models import Actor, Certificate, HeldLetter, Letter, LetterPicture, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.letters import intake
from revocation.services.letters import upload as letter_upload
from revocation.services.letters.inspection import inspected
from revocation.services.letters.upload import LetterSlotClosed
from revocation.services.requests import filing
from tests.conftest import NOW, MakeCertificate
from tests.services.core.test_concurrency import at_once

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.django_db(transaction=True)]
THREADS, ROUNDS = 8, 12


@pytest.fixture
def subject(make_certificate: MakeCertificate) -> Certificate:
    """Return a certificate of route F2. The route follows from its standard; the key does not matter to a letter."""
    certificate = make_certificate(brand="dnspod", level=Level.OV)
    Certificate.objects.filter(pk=certificate.pk).update(standard="sm2")
    return certificate


def begun(subject: Certificate, by: Actor) -> RevocationRequest:
    return filing.begin(subject.pk, by=by, at=NOW, reason=4, reason_text="Replaced.")


def named_by_rows() -> set[str]:
    held = {name for letter in HeldLetter.objects.all() for name in letter.stored_names}
    return (
        {*Letter.objects.values_list("stored_as", flat=True)}
        | held
        | {*LetterPicture.objects.values_list("stored_as", flat=True)}
    )


def stored() -> set[str]:
    return set(storages["letters"].listdir("")[1])


def test_F8_of_uploads_at_the_same_instant_one_is_kept(
    subject: Certificate, alice: Actor, letter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real child inspects the file once; only storing it and the letter's slot race."""
    case = begun(subject, alice)
    facts = inspected(letter, request=case, file_name="a.jpg", size=None)
    monkeypatch.setattr(intake, "inspected", lambda *_, **__: facts)
    upload: Any = lambda: letter_upload.upload(case.pk, by=alice, at=NOW, data=letter, file_name="a.jpg")  # noqa: E731
    for _ in range(ROUNDS):
        case = begun(subject, alice)
        results = at_once(*[upload] * THREADS)
        assert sum(isinstance(result, Letter) for result in results) == 1, results
        assert sum(isinstance(result, LetterSlotClosed) for result in results) == THREADS - 1, results
        assert stored() == named_by_rows()
        filing.discard(case.pk, by=alice, at=NOW)


def test_F8_of_clicks_on_keep_one_keeps_and_holding_at_once_leaves_one(
    subject: Certificate, alice: Actor, letter: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = begun(subject, alice)
    facts = inspected(letter, request=case, file_name="a.jpg", size=None)
    monkeypatch.setattr(intake, "inspected", lambda *_, **__: facts)
    hold: Any = lambda: letter_upload.hold(case.pk, by=alice, at=NOW, data=letter, file_name="a.jpg")  # noqa: E731
    at_once(*[hold] * THREADS)
    held = HeldLetter.objects.get()
    assert stored() == named_by_rows()
    keep: Any = lambda: letter_upload.keep(case.pk, held.pk, by=alice, at=NOW)  # noqa: E731
    results = at_once(*[keep] * THREADS)
    assert sum(isinstance(result, Letter) for result in results) == 1, results
    assert (HeldLetter.objects.count(), Letter.objects.count()) == (0, 1)
    assert stored() == named_by_rows()
