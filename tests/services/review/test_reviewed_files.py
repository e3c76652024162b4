"""Threat 6: a decision is bound to the files that were shown; event, record and receipt keep their digests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from reviews.presenters.record import gather
from revocation.models import Actor, Event, Receipt, RevocationRequest
from revocation.pki.facts import Level
from revocation.services.core.transitions import TransitionRefused
from revocation.services.letters import evidence, upload
from revocation.services.requests import filing
from revocation.services.review import decisions
from revocation.services.review.reviewed_files import NOTHING, ReviewedFiles
from tests.conftest import NOW, MakeCertificate
from tests.people import HOUR, LOOKED_AT, draft, fresh, picture, seen, submitted
from tests.support.scripted import tell_all

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    request = draft(make_certificate(brand="digicert", level=Level.OV), alice)
    return with_letter(request, alice, picture("JPEG"))


def with_letter(request: RevocationRequest, by: Actor, data: bytes) -> RevocationRequest:
    upload.upload(request.pk, by=by, at=NOW, data=data, file_name="letter.jpg")
    return filing.submit(request.pk, by=by, at=NOW)


def replaced(request: RevocationRequest, by: Actor, reviewer: Actor) -> RevocationRequest:
    decisions.hand_back(request.pk, by=reviewer, at=NOW, why="Blurred.")
    return with_letter(request, by, picture("JPEG", "darkred"))


APPROVALS: dict[str, tuple[int, Callable[..., RevocationRequest]]] = {
    "approve": (1, decisions.approve),
    "approve_first": (2, decisions.approve_first),
    "approve_original": (1, decisions.approve_original),
}


@pytest.mark.parametrize("verb", list(APPROVALS))
def test_threat_6_a_letter_replaced_meanwhile_is_not_approved(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor, settings: Any, verb: str
) -> None:
    approvals, approve = APPROVALS[verb]
    settings.TWO_APPROVALS_FOR = ["ov"] if approvals > 1 else []
    first = make_certificate(brand="digicert", level=Level.OV)
    if verb == "approve_original":
        make_certificate(brand="digicert", level=Level.OV, reissued_from=first.fingerprint)
    request = with_letter(draft(first, alice, reason=1), alice, picture("JPEG"))
    earlier = seen(request)
    replaced(request, alice, ron)
    for shown in (earlier, NOTHING):
        with pytest.raises(TransitionRefused, match="The files of this request have changed"):
            approve(request.pk, by=rita, at=NOW, why="Compared.", checked=LOOKED_AT, shown=shown)
    assert fresh(request).state == "in_review"
    assert approve(request.pk, by=rita, at=NOW, why="Compared.", checked=LOOKED_AT, shown=seen(request))


def test_threat_6_a_rejection_of_what_is_no_longer_there_is_refused(
    case: RevocationRequest, alice: Actor, rita: Actor, ron: Actor
) -> None:
    earlier = seen(case)
    replaced(case, alice, ron)
    for reject in (decisions.reject, decisions.hand_back):
        with pytest.raises(TransitionRefused, match="The files of this request have changed"):
            reject(case.pk, by=rita, at=NOW, why="No seal.", shown=earlier)
    assert decisions.reject(case.pk, by=rita, at=NOW, why="No seal.", shown=seen(case)).state == "rejected"


def test_threat_6_every_picture_counts(case: RevocationRequest) -> None:
    before = seen(case)
    case.current_letter().pictures.update(sha256="0" * 64)
    assert seen(case) != before


def test_threat_6_evidence_that_came_later_is_not_vouched_for(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor
) -> None:
    request = submitted(make_certificate(), alice, assisted=True)
    earlier = seen(request)
    decisions.hand_back(request.pk, by=ron, at=NOW, why="Send the notice as well.")
    evidence.add(request.pk, by=alice, at=NOW, data=picture("GIF"), file_name="more.gif")
    filing.submit(request.pk, by=alice, at=NOW)
    with pytest.raises(TransitionRefused, match="The files of this request have changed"):
        decisions.vouch(request.pk, by=rita, at=NOW, why="Known.", shown=earlier)
    decisions.vouch(request.pk, by=rita, at=NOW, why="Known.", shown=seen(request))
    decisions.approve(request.pk, by=ron, at=NOW, checked=LOOKED_AT, shown=seen(request))
    kept = Event.objects.get(kind="approved").data["shown"]
    assert [file["what"] for file in kept] == ["evidence", "evidence"]
    assert [file["sha256"] for file in kept] == list(request.evidence.values_list("sha256", flat=True))


DECIDE: dict[str, Callable[..., RevocationRequest]] = {
    "approved": lambda pk, **more: decisions.approve(pk, checked=LOOKED_AT, **more),
    "rejected": lambda pk, **more: decisions.reject(pk, why="No.", **more),
    "handed_back": lambda pk, **more: decisions.hand_back(pk, why="No.", **more),
}


@pytest.mark.parametrize("kind", list(DECIDE))
def test_threat_6_the_event_of_the_decision_keeps_the_digests(case: RevocationRequest, rita: Actor, kind: str) -> None:
    letter = case.current_letter()
    pictures = [page.sha256 for page in letter.pictures.all()]
    DECIDE[kind](case.pk, by=rita, at=NOW, shown=seen(case))
    kept = Event.objects.get(kind=kind)
    assert kept.data["shown"] == [{"what": "letter", "sha256": letter.sha256, "pictures": pictures}]
    written = next(row for row in gather(case.certificate, NOW)["events"] if row["kind"] == kind)
    assert written["data"]["shown"] == kept.data["shown"]


def test_threat_6_the_receipt_says_what_was_shown(case: RevocationRequest, rita: Actor) -> None:
    kept = ReviewedFiles.of(case).as_data()
    decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT, shown=seen(case))
    tell_all(NOW + HOUR)
    assert json.loads(bytes(Receipt.objects.get().json))["review"]["shown"] == kept


def test_no_file_no_digest_and_nothing_kept(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> None:
    request = submitted(make_certificate(), alice)
    assert seen(request) == NOTHING
    decisions.approve(request.pk, by=rita, at=NOW, checked=LOOKED_AT)
    assert "shown" not in Event.objects.get(kind="approved").data
