"""The session ends while a page is open. The page says so, keeps what was selected, and goes on after a sign-in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from certportal.accounts.models import User
from demo.requests import stamped_letter
from revocation.models import Evidence, Letter, RevocationRequest
from revocation.services.requests import filing
from tests.journeys.conftest import Sit
from tests.journeys.steps.looking import OVERFLOW, picture, violations
from tests.reviews import desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE, DESKTOP = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SEND, ENDED = "form#upload button", "#session-ended"
KINDS = ("letter", "evidence")


@pytest.fixture
def alice(db: None) -> User:
    return desk.person("alice", customer=desk.customer())


@pytest.fixture
def scan(tmp_path: Path) -> str:
    file = tmp_path / "letter.jpg"
    file.write_bytes(stamped_letter())
    return str(file)


def at_the_upload(page: Page, alice: User, kind: str, scan: str) -> RevocationRequest:
    """Begin a draft, open its upload page and select the file."""
    by = desk.actor(alice)
    if kind == "letter":
        case = filing.begin(desk.certificate(brand="digicert").pk, by=by, at=timezone.now(), reason=4,
                                 reason_text="Replaced.")  # fmt: skip
    else:
        case = filing.begin(desk.certificate().pk, by=by, at=timezone.now(), reason=4, reason_text="Gone.",
                                 assisted=True, situation="lapsed")  # fmt: skip
    page.goto(f"/requests/{case.pk}/{kind}/")
    page.set_input_files("input[type=file]", scan)
    return case


def files(case: RevocationRequest) -> int:
    return Letter.objects.filter(request=case).count() + Evidence.objects.filter(request=case).count()


def sign_in(page: Page, alice: User) -> None:
    page.fill("input[name=login]", alice.email)
    page.fill("input[name=password]", desk.PASSWORD)
    page.locator("form:has(input[name=password]) button").first.click()


def end_the_session(page: Page) -> None:
    Session.objects.all().delete()


def lose_all_cookies(page: Page) -> None:
    page.context.clear_cookies()


@pytest.mark.parametrize(
    ("how", "kind", "size"), [(end_the_session, "letter", PHONE), (lose_all_cookies, "evidence", DESKTOP)]
)
def test_an_upload_asks_to_sign_in_and_goes_on_by_itself(
    alice: User, sit: Sit, scan: str, kind: str, size: Any, how: Any
) -> None:
    page = sit(alice, viewport=size)
    case = at_the_upload(page, alice, kind, scan)
    how(page)
    page.locator(SEND).click()
    expect(page.locator(ENDED)).to_be_visible()
    expect(page.locator("#problem")).to_be_empty()
    assert violations(page) == []
    assert page.evaluate(OVERFLOW) <= 0
    picture(page, f"session-ended-{kind}-{size['width']}")
    page.locator(f"{ENDED} button").click()  # nobody signed in meanwhile
    expect(page.locator(ENDED)).to_be_visible()
    with page.context.expect_page() as opened:
        page.locator(f"{ENDED} a").click()
    sign_in(opened.value, alice)
    opened.value.wait_for_url("**/signed-in/")
    picture(opened.value, f"signed-in-again-{size['width']}")
    expect(page.locator(f"a[href^='/requests/{case.pk}/{kind}/'][href$='/file/']").first).to_be_visible()
    assert files(case) == 1


def test_where_tabs_cannot_talk_to_each_other_the_upload_goes_on_when_asked(alice: User, sit: Sit, scan: str) -> None:
    """The browser has no BroadcastChannel."""
    page, faults = sit(alice), list[str]()
    page.context.add_init_script("delete window.BroadcastChannel")
    page.context.on("weberror", lambda error: faults.append(str(error.error)))
    case = at_the_upload(page, alice, "letter", scan)
    end_the_session(page)
    page.locator(SEND).click()
    with page.context.expect_page() as opened:
        page.locator(f"{ENDED} a").click()
    sign_in(opened.value, alice)
    opened.value.wait_for_url("**/signed-in/")
    page.locator(f"{ENDED} button").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    assert (files(case), faults) == (1, [])


@pytest.mark.parametrize("kind", KINDS)
def test_without_scripts_the_sign_in_leads_back_and_says_to_choose_again(
    alice: User, sit: Sit, scan: str, kind: str
) -> None:
    page = sit(alice, viewport=PHONE, java_script_enabled=False)
    case = at_the_upload(page, alice, kind, scan)
    end_the_session(page)
    page.locator(SEND).click()
    page.wait_for_url("**/accounts/login/**")
    sign_in(page, alice)
    page.wait_for_url(f"**/requests/{case.pk}/{kind}/?choose=again")
    expect(page.locator("main")).to_contain_text("Select the file again.")
    picture(page, f"choose-again-{kind}-390")
    page.set_input_files("input[type=file]", scan)
    page.locator(SEND).click()
    expect(page.locator(f"a[href^='/requests/{case.pk}/{kind}/'][href$='/file/']").first).to_be_visible()
    assert files(case) == 1


def test_an_upload_after_a_sign_in_in_another_tab_just_goes_through(alice: User, sit: Sit, scan: str) -> None:
    """The form still has the CSRF token from before the sign-in."""
    page = sit(alice)
    case = at_the_upload(page, alice, "letter", scan)
    end_the_session(page)
    other = page.context.new_page()
    other.goto("/accounts/login/")
    sign_in(other, alice)
    other.wait_for_url("**/certificates/")
    page.evaluate("document.querySelector('#upload input[name=csrfmiddlewaretoken]').value = 'x'.repeat(64)")
    page.locator(SEND).click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    assert files(case) == 1


ANSWERS: dict[str, tuple[int | str, str, str]] = {
    "a proxy's limit of size": (413, "<h1>413 Request Entity Too Large</h1>", "The file is too large"),
    "too often": (429, "<p class='note error'>Go on in 7 minutes.</p>", "Go on in 7 minutes."),
    "too often, says a proxy": (429, "<h1>429</h1>", "too many files in the last hour"),
    "busy": (503, "<div id='problem'>The store is full.</div>", "The store is full."),
    "a gateway": (502, "<h1>502 Bad Gateway</h1>", "does not respond at the moment"),
    "upgrading": (503, "<h1>503</h1>", "does not respond at the moment"),
    "our fault": (500, "<h1>Something broke</h1>", "went wrong on our side"),
    "somebody else's": (404, "<h1>Page not found</h1>", "your account cannot see it"),
    "broken": ("connectionreset", "", "The connection broke"),
}


def test_each_failure_of_an_upload_has_its_own_words_and_the_file_stays(alice: User, sit: Sit, scan: str) -> None:
    page, answers = sit(alice), iter(ANSWERS.values())
    at_the_upload(page, alice, "letter", scan)

    def instead(route: Route) -> None:
        if route.request.method != "POST":
            route.continue_()
            return
        status, body, _ = next(answers)
        if isinstance(status, int):
            route.fulfill(status=status, body=body, content_type="text/html")
        else:
            route.abort(status)

    page.route("**/letter/", instead)
    for how, (_, _, words) in ANSWERS.items():
        page.locator("#problem").evaluate("it => { it.textContent = '' }")
        page.locator(SEND).click()
        expect(page.locator("#problem"), how).to_contain_text(words)
        assert page.evaluate("document.querySelector('input[type=file]').files[0].name") == "letter.jpg", how
        expect(page.locator(SEND), how).to_be_enabled()


def test_an_upload_offline_says_so(alice: User, sit: Sit, scan: str) -> None:
    page = sit(alice)
    case = at_the_upload(page, alice, "letter", scan)
    page.context.set_offline(True)
    page.locator(SEND).click()
    expect(page.locator("#problem")).to_contain_text("You are offline.")
    page.context.set_offline(False)
    page.locator(SEND).click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    assert files(case) == 1


def test_a_part_that_renews_itself_is_left_and_the_page_says_why(alice: User, sit: Sit) -> None:
    """Search as you type: what was found stays, and the search works again after a sign-in."""
    page = sit(alice, viewport=PHONE)
    desk.certificate("www.first.example")
    page.goto("/certificates/")
    end_the_session(page)
    page.fill("#q", "first")
    expect(page.locator("#connection")).to_contain_text("Your session has ended")
    expect(page.locator("#found")).to_contain_text("www.first.example")
    assert page.locator("input[name=password]").count() == 0
    assert violations(page) == []
    assert page.evaluate(OVERFLOW) <= 0
    picture(page, "session-ended-search-390")
    with page.context.expect_page() as opened:
        page.locator("#connection a").click()
    sign_in(opened.value, alice)
    opened.value.wait_for_url("**/signed-in/")
    page.fill("#q", "first.ex")
    expect(page.locator("#connection")).to_be_hidden()


def test_a_press_of_a_button_leads_over_the_sign_in_back_to_its_page(alice: User, sit: Sit) -> None:
    """The address that a button posts to is no page: opening it after the sign-in answered 405."""
    page = sit(alice)
    case = desk.in_review(alice, desk.certificate("www.f3.example", brand="digicert", level="dv"))
    page.goto(f"/requests/{case.pk}/ownership/")
    end_the_session(page)
    page.locator("#check-now").click()
    page.wait_for_url("**/accounts/login/**")
    sign_in(page, alice)
    page.wait_for_url(f"**/requests/{case.pk}/ownership/")


def test_a_case_on_the_desk_says_so_and_what_is_typed_goes_through_after_the_sign_in(alice: User, sit: Sit) -> None:
    """The desk has its own script, which must send the decision although its CSRF token is from before the sign-in."""
    case = desk.in_review(alice)
    rita = desk.person(
        "rita", "revocation.decide_revocationrequest", "revocation.view_revocationrequest", is_staff=True
    )
    page = sit(rita)
    page.clock.install()
    page.goto(f"/admin/revocation/revocationrequest/{case.pk}/change/")
    page.locator("summary[data-key=r]").click()
    page.locator("details[open] textarea").first.fill("The stamp cannot be read.")
    end_the_session(page)
    page.clock.run_for(21_000)
    expect(page.locator("#people-ended")).to_be_visible()
    with page.context.expect_page() as opened:
        page.locator("#people-ended a").click()
    sign_in(opened.value, rita)
    opened.value.wait_for_url("**/signed-in/")
    page.clock.run_for(21_000)
    expect(page.locator("#people-ended")).to_be_hidden()
    page.locator("details[open] form.decision button[type=submit]").first.click()
    expect(page.locator(".messagelist")).to_contain_text(case.number)
    case.refresh_from_db()
    assert case.state == "rejected"
