"""R7: a file that was sent before, for any request, is found by digest, reported, and kept with the decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from revocation.models import Actor, Event, LetterPicture, RevocationRequest
from revocation.services.letters import upload
from revocation.services.requests import filing, joint_filing
from revocation.services.review import decisions
from revocation.services.review.reuse import MOST, reuse_of
from revocation.services.review.reviewed_files import ReviewedFiles
from tests.conftest import MakeCertificate, person
from tests.people import LOOKED_AT, NOW, draft, fresh, picture, seen, submitted

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
WithLetter = Callable[..., RevocationRequest]


@pytest.fixture
def with_letter(make_certificate: MakeCertificate, alice: Actor) -> WithLetter:
    """Return a function that makes requests of route F4 with a letter."""

    def make(
        data: bytes, name: str = "www.aurora.example", *, by: Actor = alice, submit: bool = True
    ) -> RevocationRequest:
        case = draft(make_certificate(name, brand="digicert", level="ov"), by)
        upload.upload(case.pk, by=by, at=NOW, data=data, file_name="letter.png")
        return filing.submit(case.pk, by=by, at=NOW) if submit else fresh(case)

    return make


def told(case: RevocationRequest) -> list[tuple[str, str]]:
    reuse = reuse_of(case, ReviewedFiles.of(case))
    return [(row.request.number, row.same) for row in reuse.elsewhere]


def again(data: bytes) -> bytes:
    """Return the same picture in other bytes: a PNG with a comment."""
    import io

    from PIL import Image, PngImagePlugin

    notes, out = PngImagePlugin.PngInfo(), io.BytesIO()
    notes.add_text("Comment", "scanned anew")
    Image.open(io.BytesIO(data)).save(out, "PNG", pnginfo=notes)
    return out.getvalue()


def test_R7_a_first_letter_is_nobodys(with_letter: WithLetter) -> None:
    case = with_letter(picture("PNG"))
    assert told(case) == []
    assert not reuse_of(case, ReviewedFiles.of(case))


def test_R7_the_same_bytes_of_another_customers_request_are_told(
    with_letter: WithLetter, make_certificate: MakeCertificate, charlie: Actor
) -> None:
    from certportal.accounts.models import Customer

    first = with_letter(picture("PNG"))
    theirs = make_certificate("www.xinghe.example", brand="digicert", level="ov")
    theirs.customer = Customer.objects.get(slug="xinghe")
    theirs.save()
    case = draft(theirs, charlie)
    upload.upload(case.pk, by=charlie, at=NOW, data=picture("PNG"), file_name="other name.png")
    assert told(fresh(case)) == [(first.number, "file")]
    assert told(first) == [(case.number, "file")]


def test_R7_the_same_picture_in_other_bytes_is_told(with_letter: WithLetter) -> None:
    first, second = with_letter(picture("PNG")), with_letter(again(picture("PNG")), "n.aurora.example")
    assert told(second) == [(first.number, "picture")]


@pytest.mark.parametrize("end", ["rejected", "discarded", "handed back", "replaced"])
def test_R7_what_became_of_the_other_request_makes_no_difference(
    with_letter: WithLetter, alice: Actor, rita: Actor, end: str
) -> None:
    first = with_letter(picture("PNG"), submit=end in ("rejected", "handed back"))
    if end == "rejected":
        decisions.reject(first.pk, by=rita, at=NOW, why="No.", shown=seen(first))
    elif end == "handed back":
        decisions.hand_back(first.pk, by=rita, at=NOW, why="No.", shown=seen(first))
    elif end == "replaced":
        upload.upload(first.pk, by=alice, at=NOW, data=picture("PNG", "blue"), file_name="letter.png")
    else:
        filing.discard(first.pk, by=alice, at=NOW)
    assert told(with_letter(picture("PNG"), "n.aurora.example")) == [(first.number, "file")]


def test_R7_an_erased_file_is_told_by_the_digest_that_remains(with_letter: WithLetter) -> None:
    first = with_letter(picture("PNG"))
    upload.erase(first, at=NOW)
    assert told(with_letter(picture("PNG"), "n.aurora.example")) == [(first.number, "file")]


def test_R7_a_letter_that_is_sent_as_evidence_is_told_and_the_other_way_round(
    with_letter: WithLetter, make_certificate: MakeCertificate, alice: Actor
) -> None:
    first = with_letter(picture("PNG"))
    second = submitted(make_certificate("n.aurora.example"), alice, assisted=True)
    assert told(second) == [(first.number, "file")]
    assert told(first) == [(second.number, "file")]


def test_R7_the_letter_that_a_joint_filing_shares_is_no_reuse(make_certificate: MakeCertificate, alice: Actor) -> None:
    chosen = [make_certificate(f"n{n}.aurora.example", brand="digicert", level="ov").pk for n in range(3)]
    begun = joint_filing.begin_together(chosen, by=alice, at=NOW, reason=4, reason_text="New ones.").begun
    first = begun[0].draft
    upload.upload(first.pk, by=alice, at=NOW, data=picture("PNG"), file_name="letter.png")
    assert [told(fresh(one.draft)) for one in begun] == [[], [], []]


def test_R7_a_file_that_was_handed_back_and_comes_again_is_told_as_such(
    with_letter: WithLetter, alice: Actor, rita: Actor
) -> None:
    case = with_letter(picture("PNG"))
    decisions.hand_back(case.pk, by=rita, at=NOW, why="Illegible.", shown=seen(case))
    upload.upload(case.pk, by=alice, at=NOW, data=picture("PNG"), file_name="letter.png")
    case = filing.submit(case.pk, by=alice, at=NOW)
    reuse = reuse_of(case, ReviewedFiles.of(case))
    assert (reuse.elsewhere, reuse.before) == ((), NOW)


@pytest.mark.parametrize("verb", ["approve", "reject", "hand_back"])
def test_R7_L1_the_event_of_the_decision_keeps_what_was_told(with_letter: WithLetter, rita: Actor, verb: str) -> None:
    first, case = with_letter(picture("PNG")), with_letter(picture("PNG"), "n.aurora.example")
    more = {"checked": LOOKED_AT} if verb == "approve" else {}
    getattr(decisions, verb)(case.pk, by=rita, at=NOW, why="Seen.", shown=seen(case), **more)
    (row,) = Event.objects.filter(request_id=case.pk).order_by("-pk")[0].data["reused"]
    assert (row["request"], row["customer"], row["same"]) == (first.number, "Aurora", "file")
    assert row["sha256"] == case.letters.get().sha256


def test_R7_any_number_of_earlier_ones_costs_the_same_and_is_cut_with_a_word(with_letter: WithLetter) -> None:
    def asked(case: RevocationRequest) -> Any:
        with CaptureQueriesContext(connection) as queries:
            reuse = reuse_of(case, ReviewedFiles.of(case))
        return reuse, len(queries)

    with_letter(picture("PNG"))
    case = with_letter(picture("PNG"), "n.aurora.example")
    reuse, cost = asked(case)
    assert (len(reuse.elsewhere), reuse.more) == (1, False)
    for n in range(MOST + 1):
        with_letter(picture("PNG"), f"m{n}.aurora.example", submit=False)
    reuse, later = asked(case)
    assert (len(reuse.elsewhere), reuse.more) == (MOST, True)
    assert cost == later


def test_R7_requests_are_counted_and_not_the_pages_that_they_share(with_letter: WithLetter) -> None:
    """A letter of ten pages is one letter: it takes the place of no other request in the list."""
    letters_of = [with_letter(picture("PNG"), f"m{n}.aurora.example").letters.get() for n in range(MOST + 2)]
    for letter in letters_of:
        for number in range(2, 11):
            page = {"media_type": "image/png", "width": 1, "height": 1, "stored_as": f"{letter.pk}-{number}"}
            LetterPicture.objects.create(letter=letter, number=number, sha256=f"{number:064x}", **page)
    case = letters_of[0].request
    reuse = reuse_of(case, ReviewedFiles.of(case))
    assert [row.request.pk for row in reuse.elsewhere] == [one.request_id for one in letters_of[:1:-1]]
    assert reuse.more


@pytest.mark.database
def test_R7_the_look_up_walks_indexes(with_letter: WithLetter) -> None:
    with_letter(picture("PNG"))
    case = with_letter(picture("PNG"), "n.aurora.example")
    with CaptureQueriesContext(connection) as asked:
        reuse_of(case, ReviewedFiles.of(case))
    (sql,) = (query["sql"] for query in asked if "UNION" in query["sql"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + sql)
        plan = "\n".join(str(row) for row in cursor.fetchall())
    for index in ("letter_digest", "letter_picture_digest", "evidence_digest", "evidence_picture_digest"):
        assert index in plan, plan


def test_R7_requests_without_files_ask_nothing(
    make_certificate: MakeCertificate, alice: Actor, django_assert_num_queries: Any
) -> None:
    case = submitted(make_certificate(), alice)
    with django_assert_num_queries(0):
        assert not reuse_of(case, ReviewedFiles())


def test_L3_customers_never_learn_of_other_peoples_requests(
    with_letter: WithLetter, rita: Actor, client: Client
) -> None:
    first, case = with_letter(picture("PNG")), with_letter(picture("PNG"), "n.aurora.example")
    decisions.reject(case.pk, by=rita, at=NOW, why="No.", shown=seen(case))
    insider = person("bob", customer="aurora")
    assert insider.user
    client.force_login(insider.user)
    page = client.get(f"/requests/{case.pk}/").content.decode()
    assert case.number in page
    assert first.number not in page
