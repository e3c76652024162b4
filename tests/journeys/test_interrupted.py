"""A request that is interrupted: the password is asked for again, the back button is pressed after the last button, the
log-in runs out between the steps. Nothing is done twice, and nothing typed is lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from certportal.accounts.models import User
from revocation.models import Certificate, Event, RevocationRequest
from revocation.services.requests import filing
from tests.journeys.conftest import Sit
from tests.journeys.steps.looking import OVERFLOW, picture, violations
from tests.journeys.steps.walking import LAST, NEXT
from tests.reviews import desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WORDS = "The old server is gone; its key went with it."
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def alice(db: None) -> User:
    return desk.person("alice", customer=desk.customer())


def choose(page: Page, subject: Certificate) -> None:
    """Answer the first question without sending it."""
    page.goto(f"/certificates/{subject.pk}/revoke/")
    page.check("input[name=reason][value='4']")
    page.fill("textarea[name=reason_text]", WORDS)


def give_the_password(page: Page) -> None:
    page.fill("input[name=password]", desk.PASSWORD)
    page.locator("form:has(input[name=password]) button").first.click()


def events(kind: str) -> int:
    return Event.objects.filter(kind=kind).count()


def test_threat_33_F3_the_password_is_asked_for_again_and_the_same_press_goes_through(
    alice: User, sit: Sit, settings: Any
) -> None:
    settings.STEP_UP = True
    subject = desk.certificate("www.proof.example", brand="digicert", level="dv", names=["www.proof.example"])
    page = sit(alice, viewport=PHONE)
    choose(page, subject)
    page.locator(NEXT).click()
    page.locator(LAST).click()
    page.wait_for_url("**/accounts/reauthenticate/**")
    assert RevocationRequest.objects.get().state == "draft"
    assert violations(page) == []
    assert page.evaluate(OVERFLOW) <= 0
    picture(page, "step-up-390")
    page.fill("input[name=password]", "wrong")
    page.locator("form:has(input[name=password]) button").first.click()
    expect(page.locator("input[name=password]")).to_be_visible()
    assert RevocationRequest.objects.get().state == "draft"
    give_the_password(page)
    page.wait_for_url(re.compile(r"/requests/\d+/ownership/$"))
    case = RevocationRequest.objects.get()
    assert (case.state, case.reason_text, events("submitted")) == ("awaiting_ownership", WORDS, 1)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_threat_24_back_after_the_last_button_does_nothing_twice_and_the_page_says_what_is(
    alice: User, sit: Sit, scripts: bool
) -> None:
    page = sit(alice, java_script_enabled=scripts)
    choose(page, desk.certificate())
    page.locator(NEXT).click()
    page.locator(LAST).click()
    expect(page.locator("h1 .chip.in_review")).to_be_visible()
    request = page.url
    page.go_back()  # to the draft's page or the question before it, kept by the browser or loaded again
    assert page.locator(LAST).count() == 0, "the last button is offered again"
    page.goto(f"/certificates/{Certificate.objects.get().pk}/revoke/")
    assert page.locator(NEXT).count() == 0
    page.goto(request)
    assert (RevocationRequest.objects.count(), events("submitted")) == (1, 1)


def test_threat_22_what_was_typed_is_there_again_after_the_log_in_ran_out(alice: User, sit: Sit) -> None:
    subject = desk.certificate()
    page = sit(alice, viewport=PHONE)
    choose(page, subject)
    page.context.clear_cookies(name="sessionid")
    page.locator(NEXT).click()
    page.wait_for_url("**/accounts/login/**")
    assert RevocationRequest.objects.count() == 0
    page.fill("input[name=login]", alice.email)
    give_the_password(page)
    page.wait_for_url("**/revoke/")
    assert page.locator("textarea[name=reason_text]").input_value() == WORDS
    assert page.locator("input[name=reason][value='4']").is_checked()
    assert violations(page) == []
    page.locator(NEXT).click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    assert RevocationRequest.objects.get().reason_text == WORDS


def test_a_file_that_is_selected_before_the_script_has_come_is_examined_too(alice: User, sit: Sit) -> None:
    subject, by = desk.certificate(brand="digicert"), desk.actor(alice)
    case = filing.begin(subject.pk, by=by, at=timezone.now(), reason=4, reason_text=WORDS)
    page, late = sit(alice), list[Route]()
    page.route("**/letter.js", lambda route: late.append(route))
    page.goto(f"/requests/{case.pk}/letter/", wait_until="commit")
    file = {"name": "letter.jpg", "mimeType": "image/jpeg", "buffer": b"no picture" * 200}
    page.set_input_files("input[type=file]", file)  # type: ignore[arg-type]
    (script,) = late
    script.continue_()
    expect(page.locator("#problem")).to_contain_text("are accepted")
