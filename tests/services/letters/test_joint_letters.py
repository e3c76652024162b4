"""One letter for requests filed together: a row each, one stored file, its QR code bound to the list."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pypdf
import pytest
from django.core.files.storage import storages
from django.db import connection
from django.test.utils import CaptureQueriesContext

from revocation.letters.inspection import LetterRejected
from revocation.letters.template import letter as pdf_letter
from revocation.models import Actor, Event, Letter, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.inventory import deletion
from revocation.services.letters import store
from revocation.services.letters import upload as letter_upload
from revocation.services.letters.cover import template_fields
from revocation.services.requests import filing, joint_filing
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.people import DAY, fresh

pytestmark = pytest.mark.slow


@pytest.fixture
def drafts(make_certificate: MakeCertificate, alice: Actor) -> list[RevocationRequest]:
    """Return three drafts of route F4, and one of F1, which takes no letter."""
    chosen = [make_certificate(f"w{n}.aurora.example", brand="digicert", level=Level.OV) for n in range(3)]
    chosen.append(make_certificate("f1.aurora.example"))
    done = joint_filing.begin_together([c.pk for c in chosen], by=alice, at=NOW, reason=4, reason_text="New ones.")
    return [begun.draft for begun in done.begun if begun.draft]


def template(request: RevocationRequest) -> bytes:
    return pdf_letter(request.letter_wording, template_fields(fresh(request)))


def upload(request: RevocationRequest, by: Actor, data: bytes, name: str = "letter.pdf") -> Letter:
    return letter_upload.upload(request.pk, by=by, at=NOW, data=data, file_name=name)


def stored() -> set[str]:
    return set(storages["letters"].listdir("")[1])


def test_F4_one_letter_covers_all_of_them_that_need_one(drafts: list[RevocationRequest], alice: Actor) -> None:
    mine = upload(drafts[1], alice, template(drafts[0]))
    assert mine.request == drafts[1]
    assert [d.current_letter() is not None for d in drafts] == [True, True, True, False]
    assert Letter.objects.values("stored_as").distinct().count() == 1
    assert len(stored()) == 1 + mine.pictures.count()
    assert all(store.read_file(letter) for letter in Letter.objects.all())
    events = Event.objects.filter(kind="letter_uploaded").values_list("request_id", "data__covers")
    assert set(dict(events)) == {d.pk for d in drafts[:3]}
    assert dict(events)[drafts[0].pk] == [d.number for d in drafts[:3]]
    assert all(not result.problem for result in joint_filing.submit_together(drafts[0].filed_with_id, by=alice, at=NOW))


def test_F4_the_template_lists_every_certificate(drafts: list[RevocationRequest]) -> None:
    pages = pypdf.PdfReader(io.BytesIO(template(drafts[0]))).pages
    text = "".join(page.extract_text() for page in pages)
    assert len(pages) == 2
    assert drafts[0].filed_with.number in pages[0].extract_text()
    for draft in drafts[:3]:
        assert draft.number in text
        assert draft.certificate.names[0] in text
    assert drafts[3].number not in text


def test_a_list_that_changed_since_is_refused_by_name(drafts: list[RevocationRequest], alice: Actor) -> None:
    before = template(drafts[0])
    filing.discard(drafts[2].pk, by=alice, at=NOW)
    with pytest.raises(LetterRejected, match=drafts[0].filed_with.number) as refused:
        upload(drafts[0], alice, before)
    assert refused.value.code == "other_certificates"
    assert "again" in str(refused.value)
    assert upload(drafts[0], alice, template(drafts[0]))


def test_a_letter_of_another_filing_is_refused_by_name(
    drafts: list[RevocationRequest], make_certificate: MakeCertificate, alice: Actor
) -> None:
    other = filing.begin(
        make_certificate("x.aurora.example", brand="digicert", level=Level.OV).pk, by=alice, at=NOW, reason=4
    )
    with pytest.raises(LetterRejected, match=other.number):
        upload(drafts[0], alice, template(other))
    with pytest.raises(LetterRejected, match=drafts[0].filed_with.number):
        upload(other, alice, template(drafts[0]))


def test_F8_a_replacement_replaces_it_for_all(drafts: list[RevocationRequest], alice: Actor) -> None:
    data = template(drafts[0])
    upload(drafts[0], alice, data)
    upload(drafts[2], alice, data, "second.pdf")
    assert {d.current_letter().file_name for d in drafts[:3]} == {"second.pdf"}
    assert Event.objects.filter(kind="letter_replaced").count() == 3


def test_F8_what_is_handed_back_gets_a_letter_of_its_own_or_the_same_sheet_again(
    drafts: list[RevocationRequest], alice: Actor, rita: Actor
) -> None:
    sheet = template(drafts[0])
    upload(drafts[0], alice, sheet)
    joint_filing.submit_together(drafts[0].filed_with_id, by=alice, at=NOW)
    decisions.hand_back(drafts[1].pk, by=rita, at=NOW, why="Too dark.")
    kept = drafts[0].current_letter()
    upload(drafts[1], alice, sheet, "again.pdf")
    assert fresh(drafts[0]).current_letter() == kept
    filing.submit(drafts[1].pk, by=alice, at=NOW)
    decisions.hand_back(drafts[1].pk, by=rita, at=NOW, why="Sign it.")
    own = template(drafts[1])
    assert drafts[1].number in pypdf.PdfReader(io.BytesIO(own)).pages[0].extract_text()
    upload(drafts[1], alice, own, "own.pdf")
    assert fresh(drafts[1]).current_letter().file_name == "own.pdf"


def test_M6_the_shared_file_stays_until_the_last_of_them_is_deleted(
    drafts: list[RevocationRequest], alice: Actor, carl: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    upload(drafts[0], alice, template(drafts[0]))
    for draft in drafts[:3]:
        filing.discard(draft.pk, by=alice, at=NOW)
    later = NOW + 201 * DAY + timedelta(hours=1)
    for draft in drafts[:3]:
        survivor = Letter.objects.get(request=drafts[2])
        assert store.read_file(survivor)
        with django_capture_on_commit_callbacks(execute=True):
            deletion.purge(draft.certificate_id, by=carl, at=later)
    assert stored() == set()


def test_the_number_of_queries_does_not_grow_with_the_requests(drafts: list[RevocationRequest], alice: Actor) -> None:
    def cost() -> int:
        data = template(drafts[0])
        with CaptureQueriesContext(connection) as queries:
            upload(drafts[0], alice, data)
        return len(queries)

    of_three = cost()
    filing.discard(drafts[2].pk, by=alice, at=NOW)
    assert cost() == of_three <= 20
