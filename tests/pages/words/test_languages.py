"""English and Simplified Chinese, the viewer's zone, before and after the login."""

from __future__ import annotations

import pytest
from django.test import Client

from revocation.models import Actor, Mail
from revocation.services.notifications.mail import compose
from tests.conftest import MakeCertificate
from tests.pages.conftest import Story, scan
from tests.people import submitted

pytestmark = pytest.mark.slow


@pytest.fixture
def chinese(page: Client) -> Client:
    page.post("/preferences/", {"language": "zh-hans", "time_zone": "Asia/Shanghai"})
    return page


def test_the_pages_speak_the_viewers_language_and_show_times_in_the_viewers_zone(chinese: Client, story: Story) -> None:
    shown = chinese.get("/certificates/").content.decode()
    assert '<html lang="zh-hans">' in shown
    assert "我的证书" in shown
    assert "已签发" in shown
    waiting = chinese.get(f"/requests/{story.proving.pk}/ownership/").content.decode()
    assert "2026-06-18 20:00 Asia/Shanghai" in waiting
    refused = chinese.get(f"/certificates/{story.in_review.certificate_id}/revoke/").content.decode()
    assert "该证书的吊销已在进行中。" in refused
    assert "未过期" in refused


def test_F7_a_refused_letter_is_explained_in_the_viewers_language(chinese: Client, story: Story) -> None:
    answer = chinese.post(f"/requests/{story.draft.pk}/letter/", {"letter": scan(b"x")})
    assert "文件只有 1 字节。可接受 JPG、PNG 或 PDF 文件" in answer.content.decode()


def test_L2_mails_are_in_the_readers_language(
    chinese: Client, alice: Actor, bob: Actor, make_certificate: MakeCertificate
) -> None:
    case = submitted(make_certificate(), alice)
    to_alice, to_bob = (compose(Mail.objects.get(to=person.user.email)) for person in (alice, bob) if person.user)
    assert "您的申请已提交，不能再取消。" in to_alice.body
    assert "Your request is submitted." in to_bob.body
    assert to_bob.subject.startswith(f"{case.number}: request submitted")


def test_the_login_page_offers_both_languages(client: Client, db: None) -> None:
    assert "简体中文" in client.get("/accounts/login/").content.decode()
    client.post("/i18n/setlang/", {"language": "zh-hans", "next": "/accounts/login/"})
    assert "登录" in client.get("/accounts/login/").content.decode()


def test_the_switch_on_every_page_is_kept_by_the_account(page: Client, alice: Actor) -> None:
    assert page.post("/i18n/setlang/", {"language": "zh-hans", "next": "/certificates/"}).status_code == 302
    assert "我的证书" in page.get("/certificates/").content.decode()
    assert alice.user is not None
    alice.user.refresh_from_db()
    assert alice.user.language == "zh-hans"
    page.post("/i18n/setlang/", {"language": "xx", "next": "/certificates/"})
    assert "我的证书" in page.get("/certificates/").content.decode()
