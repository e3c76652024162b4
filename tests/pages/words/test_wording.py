"""A failure that the portal itself describes is kept as a code with parameters, and told in the reader's language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse

from revocation.authorities.interface import NeedsAttention, TryAgain
from revocation.authorities.looking import Unreachable
from revocation.letters.inspection import LetterRejected
from revocation.messages import Message
from revocation.models import Actor, Event, Mail, RevocationOrder, RevocationRequest
from revocation.services.authority import dispatch, publication_check
from revocation.services.core.transitions import ActorRefused
from revocation.services.letters import evidence, upload
from revocation.services.notifications import mail as mail_queue
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate
from tests.pages.conftest import Seat, Story
from tests.pages.words.test_chinese import in_chinese
from tests.people import LOOKED_AT, SYSTEM, draft, submitted
from tests.support.scripted import CONFIRMED, install, tell_all

pytestmark = pytest.mark.django_db

DOWN = Message("authority.unreachable", {"authority": "Scripted", "words": "Connection refused"})
NEVER = Message("authority.never_made", {"slug": "scripted"})
BLIND = Message("authority.nothing_readable", {"failures": [
    Message("authority.at_address", {
        "url": "http://crl.example/1", "why": Message("authority.answer_status", {"status": 503}),
    }),
    Message("authority.at_address", {"url": "http://ocsp.example/", "why": Message("status.ocsp_unreadable")}),
]})  # fmt: skip


@pytest.fixture
def approved(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> RevocationRequest:
    return decisions.approve(submitted(make_certificate(), alice).pk, by=rita, at=NOW, checked=LOOKED_AT)


@pytest.mark.parametrize(("answer", "chinese", "english"), [
    (TryAgain(DOWN), "无法连接 Scripted：Connection refused", "Scripted cannot be reached: Connection refused"),
    (TryAgain(BLIND), "http://crl.example/1：答复的状态码为 503。", "http://crl.example/1: The answer has status 503."),
    (NeedsAttention(NEVER), "内置颁发机构 scripted，但它从未创建", "The settings name the local CA scripted"),
    (TryAgain("Down <today>."), '<q lang="en">Down &lt;today&gt;.</q>', '<q lang="en">Down &lt;today&gt;.</q>'),
], ids=["outage", "nested", "refusal", "quoted"])  # fmt: skip
def test_M5_outages_and_refusals_are_said_in_the_viewers_language(
    seat: Seat,
    approved: RevocationRequest,
    alice: Actor,
    root: Actor,
    monkeypatch: pytest.MonkeyPatch,
    answer: TryAgain | NeedsAttention,
    chinese: str,
    english: str,
) -> None:
    install(monkeypatch, [answer])
    tell_all()
    order = reverse("admin:revocation_revocationorder_change", args=[RevocationOrder.objects.get().pk])
    for person, address in ((root, order), (alice, reverse("request", args=[approved.pk]))):
        assert chinese in in_chinese(seat, person).get(address).content.decode()
        person.user.language = "en"
        person.user.save()
        assert english in seat(person).get(address).content.decode()


def test_L2_mails_about_a_refusal_speak_the_readers_language(
    approved: RevocationRequest, monkeypatch: pytest.MonkeyPatch, rita: Actor
) -> None:
    rita.user.language = "zh-hans"
    rita.user.save()
    install(monkeypatch, [NeedsAttention(NEVER)])
    tell_all()
    mail = mail_queue.compose(Mail.objects.get(event__kind="authority_stuck", to=rita.user.email))
    assert "内置颁发机构 scripted，但它从未创建" in mail.body
    assert "内置颁发机构 scripted，但它从未创建" in str(mail.alternatives[0][0])
    assert "The settings name" not in mail.body


def test_M5_a_place_that_cannot_be_read_says_why_in_the_viewers_language(
    seat: Seat, approved: RevocationRequest, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(url: str) -> bytes:
        raise Unreachable(Message("authority.answer_larger", {"limit": 99}))

    install(monkeypatch, [CONFIRMED])
    monkeypatch.setattr(publication_check, "fetch_publication", fails)
    order = RevocationOrder.objects.get().pk
    dispatch.tell(order, by=SYSTEM, at=NOW)
    publication_check.look([order], by=SYSTEM, at=NOW)
    page = in_chinese(seat, alice).get(reverse("certificate", args=[approved.certificate_id])).content.decode()
    assert "答复超过 99 字节。" in page


@pytest.mark.parametrize("kind", ["letter", "evidence"])
def test_F7_why_a_file_was_refused_is_said_in_the_viewers_language(
    seat: Seat, make_certificate: MakeCertificate, alice: Actor, kind: str
) -> None:
    add: Callable[..., object] = upload.upload if kind == "letter" else evidence.add
    order = {"brand": "digicert", "level": "ov"} if kind == "letter" else {}
    case = draft(make_certificate(**order), alice, assisted=kind == "evidence")
    with pytest.raises(LetterRejected):
        add(case.pk, by=alice, at=NOW, data=b"", file_name="scan.pdf")
    assert "The file is empty" in Event.objects.get(kind=f"{kind}_refused").why
    page = in_chinese(seat, alice).get(reverse("request", args=[case.pk])).content.decode()
    assert "文件是空的" in page
    assert "The file is empty" not in page


def test_R3_a_refused_decision_and_rows_of_before_codes_still_show(
    seat: Seat, story: Story, root: Actor, alice: Actor
) -> None:
    with pytest.raises(ActorRefused):
        decisions.reject(story.in_review.pk, by=alice, at=NOW, why="No.")
    about = {"at": NOW, "request_id": story.in_review.pk}
    Event.objects.create(kind="letter_refused", why="Too <big>.", data={"code": "too_large"}, **about)
    Event.objects.create(kind="authority_failed", why="It was down.", **about)
    address = reverse("admin:revocation_revocationrequest_change", args=[story.in_review.pk])
    page = in_chinese(seat, root).get(address).content.decode()
    assert "You took part in this request" not in page
    assert '<q lang="en">Too &lt;big&gt;.</q>' in page
    assert '<q lang="en">It was down.</q>' in page
