"""What people see whose session ended, or whose form is from before the last sign-in, with and without scripts."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse

from certportal.signed_out import page_of
from revocation.models import Actor, RevocationRequest
from revocation.web.guards import uploads
from tests.conftest import MakeCertificate
from tests.pages.conftest import Seat, Story, scan

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SCRIPTS: dict[str, dict[str, str]] = {
    "our own": {"X-Requested-With": "XMLHttpRequest"},
    "htmx": {"HX-Request": "true"},
    "fetch": {"Sec-Fetch-Dest": "empty"},
}
scripts = pytest.mark.parametrize("headers", SCRIPTS.values(), ids=SCRIPTS)
OWN = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
TYPED = {"reason": "4", "reason_text": "We have a new one."}


@pytest.fixture
def strict(alice: Actor) -> Client:
    """A logged-in browser whose forms count as outdated: CSRF tokens are checked, and they send none."""
    client = Client(enforce_csrf_checks=True)
    assert alice.user
    client.force_login(alice.user)
    return client


def where(answer: Any) -> str:
    """Return the page that the sign-in leads to."""
    assert answer.status_code == 302
    to = urlsplit(answer["Location"])
    assert to.path == "/accounts/login/"
    return parse_qs(to.query)["next"][0]


@scripts
@pytest.mark.parametrize("name", ["certificates", "requests", "letter", "evidence", "ownership", "joint"])
def test_a_script_gets_401_and_never_a_page_to_sign_in_at(
    seat: Seat, story: Story, headers: dict[str, str], name: str
) -> None:
    number = {"letter": story.draft, "evidence": story.assisted, "ownership": story.proving, "joint": story.joint}
    address = reverse(name, args=[number[name].pk] if name in number else [])
    for answer in (seat(None).get(address, headers=headers), seat(None).post(address, headers=headers)):
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Cookie")
        assert b'name="password"' not in answer.content
        assert b'href="/accounts/login/?next=%2Fsigned-in%2F"' in answer.content


def test_the_desks_script_gets_401_too(seat: Seat, story: Story) -> None:
    people = reverse("admin:revocation_revocationrequest_people", args=[story.in_review.pk])
    assert seat(None).get(people, headers=SCRIPTS["our own"]).status_code == 401


@pytest.mark.parametrize("kind", ["letter", "evidence"])
def test_an_upload_without_scripts_leads_back_to_its_page_which_says_to_choose_again(
    seat: Seat, page: Client, story: Story, letter: bytes, kind: str
) -> None:
    address = reverse(kind, args=[(story.draft if kind == "letter" else story.assisted).pk])
    back = where(seat(None).post(address, {kind: scan(letter)}))
    assert back == f"{address}?choose=again"
    assert "Select the file again." in page.get(back).content.decode()
    assert "Select the file again." not in page.get(address).content.decode()


def test_a_button_leads_back_to_the_page_on_which_it_was(seat: Seat, story: Story) -> None:
    number = story.proving.pk
    button, shown = reverse("ownership_check", args=[number]), reverse("ownership", args=[number])
    sent = {"Referer": f"http://testserver{shown}?x=1"}
    assert where(seat(None).post(button, headers=sent)) == f"{shown}?x=1"
    assert where(seat(None).post(button)) == button


@pytest.mark.parametrize(
    "sent_from",
    [
        "https://evil.example/requests/1/",
        "//evil.example/",
        "http://testserver.evil.example/",
        "javascript:x",
        "\\\\evil",
        "http://testserver/accounts/login/",
        "http://[",
        "http://testserver",
    ],
)
def test_no_other_site_decides_where_the_sign_in_leads(rf: RequestFactory, sent_from: str) -> None:
    assert page_of(rf.post("/requests/5/submit/", headers={"Referer": sent_from})) == "/requests/5/submit/"


def test_a_customer_at_the_desk_is_told_so_and_not_sent_round(seat: Seat, alice: Actor, rita: Actor) -> None:
    for address in ("/admin/", "/admin/revocation/revocationrequest/1/change/"):
        answer = seat(alice).get(address, follow=True)
        assert answer.status_code == 403
        assert len(answer.redirect_chain) == 1
        assert seat(None).get(address, follow=True).status_code == 200  # the sign-in
    assert seat(rita).get("/admin/login/", follow=True).redirect_chain[-1][0] == "/admin/"


def test_the_choice_of_a_language_at_the_sign_in_leads_back_to_it(seat: Seat) -> None:
    back = "/accounts/login/?next=/certificates/"
    answer = seat(None).post("/i18n/setlang/", {"language": "zh-hans", "next": back})
    assert (answer.status_code, answer["Location"]) == (302, back)


@scripts
def test_a_script_with_an_outdated_form_is_told_so_and_changes_nothing(
    strict: Client, story: Story, letter: bytes, headers: dict[str, str]
) -> None:
    address = reverse("letter", args=[story.draft.pk])
    answer = strict.post(address, {"letter": scan(letter)}, headers=headers | OWN)
    assert (answer.status_code, answer["X-Refused"]) == (403, "form-outdated")
    assert not story.draft.letters.exists()


@scripts
def test_a_script_whose_cookies_are_gone_gets_401(story: Story, letter: bytes, headers: dict[str, str]) -> None:
    address = reverse("letter", args=[story.draft.pk])
    nobody = Client(enforce_csrf_checks=True)
    assert nobody.post(address, {"letter": scan(letter)}, headers=headers | OWN).status_code == 401


def test_words_in_an_outdated_form_wait_on_its_page(strict: Client, make_certificate: MakeCertificate) -> None:
    address = reverse("revoke", args=[make_certificate().pk])
    answer = strict.post(address, TYPED, headers=OWN)
    assert answer.status_code == 403
    assert f'href="{address}"' in answer.content.decode()
    assert "This page is out of date" in answer.content.decode()
    assert TYPED["reason_text"] in strict.get(address).content.decode()
    assert not RevocationRequest.objects.exists()


def test_words_of_somebody_whose_cookies_are_gone_wait_on_the_page(
    alice: Actor, make_certificate: MakeCertificate
) -> None:
    address, client = reverse("revoke", args=[make_certificate().pk]), Client(enforce_csrf_checks=True)
    assert where(client.post(address, TYPED, headers=OWN)) == address
    assert alice.user
    client.login(email=alice.user.email, password="pw")
    assert TYPED["reason_text"] in client.get(address).content.decode()


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_threat_21_no_other_site_leaves_words_in_a_form(
    strict: Client, make_certificate: MakeCertificate, headers: dict[str, str]
) -> None:
    address = reverse("revoke", args=[make_certificate().pk])
    assert strict.post(address, TYPED, headers=headers).status_code == 403
    assert TYPED["reason_text"] not in strict.get(address).content.decode()
    nobody = Client(enforce_csrf_checks=True)
    assert nobody.post(address, TYPED, headers=headers).status_code == 403
    assert Session.objects.filter(session_key=nobody.cookies.get("sessionid", "")).count() == 0


def test_the_words_for_several_survive_the_sign_in(seat: Seat, page: Client, make_certificate: MakeCertificate) -> None:
    ids = "&".join(f"id={make_certificate(f'{n}.aurora.example').pk}" for n in "ab")
    address, nobody = f"/certificates/together/?{ids}", seat(None)
    back = where(nobody.post("/certificates/together/", TYPED, headers={"Referer": f"http://testserver{address}"}))
    assert back == address
    session, hers = nobody.session, page.session
    hers["typed_before_the_login"] = session["typed_before_the_login"]
    hers.save()
    text = page.get(back).content.decode()
    assert TYPED["reason_text"] in text
    assert "a.aurora.example" in text


@pytest.mark.parametrize("token", [True, False], ids=["token", "no token"])
def test_F7_a_file_beyond_everything_is_413_with_the_size_that_is_accepted(
    page: Client, strict: Client, story: Story, monkeypatch: pytest.MonkeyPatch, token: bool
) -> None:
    """The form seems to be empty, so that neither *choose a file* nor *out of date* would be a true answer."""
    monkeypatch.setattr(uploads, "CUT_OFF", 10_000)
    address = reverse("letter", args=[story.draft.pk])
    huge = SimpleUploadedFile("letter.jpg", bytes(20_000))
    answer = (page if token else strict).post(address, {"letter": huge})
    assert answer.status_code == 413
    assert "1.4 MB" in answer.content.decode()
