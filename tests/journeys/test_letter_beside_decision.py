"""R6 in a real Chromium: whoever ticks a box sees what it asks about, at every width, without scripts, in print."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page

from certportal.accounts.models import User
from revocation.models import RevocationRequest
from revocation.services.letters import evidence
from revocation.services.requests import filing
from tests.journeys.conftest import Sit
from tests.journeys.steps.looking import OVERFLOW, picture, violations
from tests.journeys.test_desk import RIGHTS
from tests.reviews import desk

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ON_TOP = """it => {
  const box = it.getBoundingClientRect(), at = [box.x + 5, box.y + 5]
  return document.elementFromPoint(...at) === it
}"""
"""Is the upper left corner of the element covered by nothing?"""
WINDOWS = [(1280, 800), (1920, 1080), (390, 844)]


@pytest.fixture
def alice(db: None) -> User:
    return desk.person("alice", customer=desk.customer())


@pytest.fixture
def rita(db: None) -> User:
    return desk.person("rita", *RIGHTS, is_staff=True)


def inside(page: Page, part: Locator) -> bool:
    """Is the whole element within the window? Waits up to 10 s for what unfolds or scrolls."""
    window = page.viewport_size
    assert window
    for _ in range(100):
        box = part.bounding_box()
        assert box
        right, below = box["x"] + box["width"], box["y"] + box["height"]
        if min(box["x"], box["y"]) >= 0 and right <= window["width"] + 0.5 and below <= window["height"] + 0.5:
            return True
        page.wait_for_timeout(100)
    return False


def unfold(page: Page, *, scripts: bool = True) -> None:
    """Open the first decision. Returns when the page's script, if it runs, has moved it into the window."""
    if not scripts:
        page.locator(".decisions summary").first.click()
        return
    decision = page.locator(".decisions details").first
    decision.evaluate("it => it.addEventListener('toggle', () => { it.dataset.unfolded = 'yes' })")
    decision.locator("summary").click()
    page.locator("details[data-unfolded]").wait_for()


def address(case: RevocationRequest, page: str = "change/") -> str:
    return f"/admin/revocation/revocationrequest/{case.pk}/{page}"


@pytest.mark.parametrize(("width", "height"), WINDOWS)
@pytest.mark.parametrize(
    ("scripts", "scheme"),
    [(True, "light"), (True, "dark"), (False, "light")],
    ids=["scripts", "scripts, dark", "no scripts"],
)
def test_R6_the_letter_stays_in_sight_while_every_box_is_ticked(
    alice: User, rita: User, sit: Sit, width: int, height: int, scripts: bool, scheme: Any
) -> None:
    case = desk.with_letter(alice)
    options = {"viewport": {"width": width, "height": height}, "java_script_enabled": scripts}
    page = sit(rita, color_scheme=scheme, **options)
    page.goto(address(case))
    letter = page.locator(".papers img").first
    if width > 1000:
        assert inside(page, letter)
    unfold(page, scripts=scripts)
    picture(page, f"beside-{width}-{scheme}-{'scripts' if scripts else 'bare'}")
    assert inside(page, letter)
    form = page.locator("details[open] form")
    for box in form.locator("input[type=checkbox]").all():
        box.check()
        assert inside(page, letter)
        assert inside(page, box)
    button = form.locator("button").first
    button.scroll_into_view_if_needed()
    assert inside(page, letter)
    assert inside(page, button)
    if scripts:
        assert page.evaluate(OVERFLOW) <= 0
        assert violations(page) == []


@pytest.mark.parametrize(("width", "height"), WINDOWS[:2])
def test_R6_the_checklist_and_the_letter_are_in_the_window_at_once(
    alice: User, rita: User, sit: Sit, width: int, height: int
) -> None:
    case = desk.with_letter(alice)
    page = sit(rita, viewport={"width": width, "height": height})
    page.goto(address(case))
    page.keyboard.press("a")
    assert inside(page, page.locator(".papers img").first)
    assert inside(page, page.locator("details[open] form"))


@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_R6_the_page_of_a_refused_answer_shows_the_letter_too(
    alice: User, rita: User, sit: Sit, width: int, height: int
) -> None:
    case = desk.with_letter(alice)
    page = sit(rita, viewport={"width": width, "height": height})
    page.goto(address(case))
    page.locator(".decisions summary").first.click()
    page.locator("details[open] form").evaluate("form => { form.noValidate = true; form.requestSubmit() }")
    page.wait_for_url("**/decide/approve/")
    for box in page.locator("form.decision input[type=checkbox]").all():
        box.check()
        assert inside(page, page.locator(".papers img").first)
        assert inside(page, box)
    picture(page, f"refused-answer-{width}")
    assert page.evaluate(OVERFLOW) <= 0
    assert violations(page) == []


@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_R6_evidence_stands_beside_the_decision_as_a_letter_does(
    alice: User, rita: User, sit: Sit, width: int, height: int
) -> None:
    now, who = timezone.now(), desk.actor(alice)
    case = filing.begin(desk.certificate().pk, by=who, at=now, reason=4, reason_text="x", assisted=True)
    evidence.add(case.pk, by=who, at=now, data=desk.letter(), file_name="notice.png")
    filing.submit(case.pk, by=who, at=now)
    page = sit(rita, viewport={"width": width, "height": height})
    page.goto(address(case))
    page.locator(".decisions summary").last.click()
    page.locator("details[open] textarea").fill("I rang them up.")
    assert inside(page, page.locator(".papers img").first)
    assert inside(page, page.locator("details[open] textarea"))


def test_a_route_without_a_letter_has_no_empty_block(alice: User, rita: User, sit: Sit) -> None:
    case = desk.in_review(alice)
    page = sit(rita, viewport={"width": 1280, "height": 800})
    page.goto(address(case))
    assert page.locator(".papers").count() == 0
    unfold(page)
    assert inside(page, page.locator("#facts-heading"))
    assert inside(page, page.locator("details[open] form button").first)
    picture(page, "no-letter-1280")


def test_the_page_is_enlarged_turned_and_fitted_again(alice: User, rita: User, sit: Sit) -> None:
    case = desk.with_letter(alice)
    page = sit(rita, viewport={"width": 1280, "height": 800})
    page.goto(address(case))
    view, image = page.locator(".letter-view"), page.locator(".papers img")
    page.locator("[data-do=width]").click()
    assert abs(image.bounding_box()["width"] - view.bounding_box()["width"]) < 20
    page.locator("[data-do=turn]").click()
    page.locator("[data-do=fit]").click()
    box = image.bounding_box()
    assert box
    assert box["width"] > box["height"]
    assert inside(page, image)
    page.locator("[data-do=larger]").click()
    picture(page, "letter-turned")


@pytest.mark.parametrize(("width", "height"), WINDOWS)
def test_R6_the_letter_lies_over_nothing(alice: User, rita: User, sit: Sit, width: int, height: int) -> None:
    """A field below the two columns can be reached with the focus, and nothing covers it."""
    case = desk.with_letter(alice)
    page = sit(rita, viewport={"width": width, "height": height})
    page.goto(address(case))
    unfold(page)
    note = page.locator("#note")
    note.focus()
    assert inside(page, note)
    assert note.evaluate(ON_TOP)


def test_in_print_the_letter_is_whole_and_nothing_is_cut(alice: User, rita: User, sit: Sit) -> None:
    case = desk.with_letter(alice)
    page = sit(rita, viewport={"width": 794, "height": 1123})
    page.goto(address(case))
    page.emulate_media(media="print")
    box = page.locator(".papers img").bounding_box()
    assert box
    assert box["height"] > 400
    assert page.locator(".papers").evaluate("e => getComputedStyle(e).position") == "static"
    picture(page, "case-print")
