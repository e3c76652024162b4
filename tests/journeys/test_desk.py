"""The desk in a real Chromium: by keyboard alone, without scripts, twenty cases in a row, two reviewers at one case."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from certportal.accounts.models import User
from revocation.models import Event, RevocationRequest
from revocation.services.review import assignment, decisions
from tests.journeys.conftest import Sit
from tests.people import LOOKED_AT
from tests.reviews import desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

QUEUE = "/admin/revocation/revocationrequest/"
SCREENSHOTS = Path("build/screenshots")
RIGHTS = tuple(
    f"revocation.{name}"
    for name in (
        "decide_revocationrequest", "view_revocationrequest", "view_certificate", "view_event", "view_revocationorder",
        "retry_revocation", "purge_certificate",
    )
)  # fmt: skip


@pytest.fixture
def alice(db: None) -> User:
    return desk.person("alice", customer=desk.customer())


@pytest.fixture
def rita(db: None) -> User:
    return desk.person("rita", *RIGHTS, is_staff=True)


@pytest.fixture
def ron(db: None) -> User:
    return desk.person("ron", *RIGHTS, is_staff=True)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_R1_a_case_is_decided_by_keyboard_alone(alice: User, rita: User, sit: Sit) -> None:
    """n: next case. a: approve. Space and Tab: through the checklist. Ctrl+Enter: send it and show the next case."""
    first, second = desk.in_review(alice), desk.in_review(alice)
    page = sit(rita)
    page.goto(QUEUE)
    press(page, "n")
    page.wait_for_url(f"**/{first.pk}/change/")
    press(page, "a")
    boxes = page.locator("details[open] input[type=checkbox]").count()
    for _ in range(boxes):
        press(page, "Space", "Tab")
    page.keyboard.type("an r in a field is a letter, no shortcut")
    press(page, "Control+Enter")
    page.wait_for_url(f"**/{second.pk}/change/")
    assert desk.fresh(first).state == "approved"
    assert desk.fresh(first).decided_why.startswith("an r in a field")
    assert desk.fresh(second).taken_by == rita
    press(page, "g")
    page.wait_for_url(f"**{QUEUE}")
    press(page, "j", "Enter")
    page.wait_for_url(f"**/{second.pk}/change/")


def test_single_keys_can_be_switched_off(alice: User, rita: User, sit: Sit) -> None:
    """WCAG 2.1.4; the choice is remembered."""
    desk.in_review(alice)
    page = sit(rita)
    page.goto(QUEUE)
    assert page.locator("#keys li").count() == 2
    page.uncheck("#keys-on")
    page.reload()
    page.locator("h1").click()
    press(page, "n")
    page.wait_for_timeout(300)
    assert page.url.endswith(QUEUE)
    assert not Event.objects.filter(kind="taken").exists()


def test_R2_ready_phrases_are_shown_as_the_customer_will_read_them(alice: User, rita: User, sit: Sit) -> None:
    alice.language = "zh-hans"
    alice.save()
    request = desk.in_review(alice)
    page = sit(rita)
    page.goto(f"{QUEUE}{request.pk}/change/")
    press(page, "r")
    form = page.locator("form[action$='/decide/reject/']")
    form.locator("input[type=checkbox]").first.check()
    form.locator("textarea").fill("请联系我们。")
    assert form.locator("output").inner_text() == "您告知我们该证书仍在使用。\n请联系我们。"
    form.locator("button[value=queue]").click()
    page.wait_for_url(f"**{QUEUE}")
    assert desk.fresh(request).decided_why == "您告知我们该证书仍在使用。\n请联系我们。"


def test_without_scripts_and_taken_by_another_it_is_taken_over_with_a_reason(
    alice: User, rita: User, ron: User, sit: Sit
) -> None:
    request = desk.in_review(alice)
    assignment.assign(request.pk, by=desk.actor(ron), at=timezone.now())
    page = sit(rita, java_script_enabled=False)
    page.goto(f"{QUEUE}{request.pk}/change/")
    assert page.locator("form[action$='/decide/approve/']").count() == 0
    assert not page.locator("#keys").is_visible()
    page.locator("summary", has_text="Reassign to me").click()
    page.locator("form[action$='/decide/reassign/'] textarea").fill("Ron is on holiday.")
    page.locator("form[action$='/decide/reassign/'] button").click()
    assert "is assigned to you" in page.locator(".messagelist").inner_text()
    assert desk.fresh(request).taken_by == rita


def test_R1_a_morning_of_twenty_cases_costs_one_page_load_a_case(alice: User, rita: User, sit: Sit) -> None:
    """Counted: documents that the browser loaded, and keys that were pressed."""
    cases = [desk.in_review(alice, desk.certificate(f"n{n}.example.com")) for n in range(20)]
    page = sit(rita)
    page.goto(QUEUE)
    loads, keys = [], 0
    page.on("response", lambda r: loads.append(r.url) if r.request.resource_type == "document" else None)
    press(page, "n")
    for case in cases:
        page.wait_for_url(f"**/{case.pk}/change/")
        page.wait_for_selector(".keys-on")
        press(page, "a")
        boxes = page.locator("details[open] input[type=checkbox]").count()
        press(page, *["Space", "Tab"] * boxes, "Control+Enter")
        keys += 2 + 2 * boxes
    page.wait_for_url(f"**{QUEUE}")
    assert RevocationRequest.objects.filter(state="approved", decided_by=rita).count() == 20
    shown = [url for url in loads if "/decide/" not in url and "/next/" not in url]  # those only redirect
    assert len(shown) == 21
    assert keys / 20 == 12
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    (SCREENSHOTS / "twenty-cases.txt").write_text(f"{len(shown)} pages, {keys} keys for 20 cases\n")


def test_R4_who_comes_to_a_case_and_what_becomes_of_it_is_seen_while_it_is_open(
    alice: User, rita: User, ron: User, sit: Sit
) -> None:
    """The page shows it without a reload, and what is typed stays."""
    case = desk.in_review(alice)
    page = sit(rita)
    page.clock.install()
    page.goto(f"{QUEUE}{case.pk}/change/")
    page.locator("summary[data-key=r]").click()
    words = page.locator("details[open] textarea").first
    words.fill("Half a sentence")
    sit(ron).goto(f"{QUEUE}{case.pk}/change/")
    assert page.locator("#people .presence").count() == 0
    page.clock.run_for(21_000)
    expect(page.locator("#people")).to_contain_text("Ron is viewing this (just now)")
    decisions.approve(case.pk, by=desk.actor(ron), at=timezone.now(), checked=LOOKED_AT)
    page.clock.run_for(21_000)
    expect(page.locator("#people")).to_contain_text("The request is now")
    assert words.input_value() == "Half a sentence"
    page.locator("#people a").click()
    expect(page.locator(".state-line")).to_contain_text("Approved")
