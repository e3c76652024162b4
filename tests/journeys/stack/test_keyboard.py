"""By the keyboard alone, from the log-in to the submitted request. The focus is visible at every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.stack.conftest import PASSWORD, Portal
from tests.journeys.steps.walking import BOB, PHONE

pytestmark = pytest.mark.browser

NAME = "wotrus.aurora.example"
FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {text: (at.innerText || at.value || "").trim(), name: at.name || "", kind: at.tagName.toLowerCase(),
    ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    seen: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight};
}"""


def tab_to(page: Page, wanted: Callable[[dict[str, str]], bool], key: str = "Tab", most: int = 60) -> None:
    """Press Tab until the focus is on what is wanted. Wherever it stops, it must be visible with a ring around it."""
    for _ in range(most):
        page.keyboard.press(key)
        at = page.evaluate(FOCUSED)
        if at["kind"] == "body":  # the browser's own bar comes between the last element and the first
            continue
        assert at["ring"], f"no ring around {at}"
        assert at["seen"], f"the focus is out of sight on {at}"
        if wanted(at):
            return
    pytest.fail(f"{most} times Tab on {page.url} did not lead there; last on {at}")


def test_F1_is_submitted_by_the_keyboard_alone(browser: Browser, portal: Portal) -> None:
    context = browser.new_context(base_url=portal.url)
    page = context.new_page()
    press = page.keyboard.press
    page.goto("/accounts/login/")
    tab_to(page, lambda at: at["name"] == "login")
    page.keyboard.type(BOB)
    tab_to(page, lambda at: at["name"] == "password")
    page.keyboard.type(PASSWORD)
    press("Enter")
    page.wait_for_url("**/certificates/")
    tab_to(page, lambda at: "content" in at["text"])  # the link that skips the header
    press("Enter")
    tab_to(page, lambda at: at["name"] == "q")
    page.keyboard.type(NAME)
    press("Enter")
    page.wait_for_url("**q=wotrus**")
    page.wait_for_function("document.querySelectorAll('table.certificates tbody tr').length === 1")
    tab_to(page, lambda at: at["kind"] == "a" and at["text"] == NAME)
    press("Enter")
    page.wait_for_url("**/certificates/*/")
    tab_to(page, lambda at: at["kind"] == "a" and at["text"] == "Revoke")
    press("Enter")
    page.wait_for_url("**/revoke/")
    tab_to(page, lambda at: at["name"] == "reason")
    press("ArrowDown")
    press("ArrowUp")
    press("Space")
    assert page.locator("input[name=reason]:checked").count() == 1
    tab_to(page, lambda at: at["name"] == "reason_text")
    page.keyboard.type("Replaced.")
    tab_to(page, lambda at: at["text"] == "Next")
    press("Enter")
    page.wait_for_url("**/requests/*/")
    tab_to(page, lambda at: at["kind"] == "button" and at["text"].startswith(f"Revoke {NAME}"))
    press("Space")
    page.locator("h1 .chip.in_review").wait_for()
    context.close()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_the_menu_More_opens_and_closes_by_the_keyboard(
    browser: Browser, portal: Portal, options: dict[str, Any]
) -> None:
    """Escape closes the menu and gives the focus back."""
    context = browser.new_context(base_url=portal.url, **options)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=login]", BOB)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/certificates/")
    page.goto("/certificates/?q=f4")
    page.locator("input[type=checkbox][form=chosen]").first.focus()
    tab_to(page, lambda at: at["kind"] == "summary")
    page.keyboard.press("Enter")
    tab_to(page, lambda at: at["text"].startswith("Open"))
    page.keyboard.press("Escape")
    assert page.locator("details.menu[open]").count() == 0
    assert page.evaluate(FOCUSED)["kind"] == "summary"
    context.close()
