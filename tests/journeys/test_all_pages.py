"""Every page of the demo world is opened in both languages, in light and dark, at desktop and phone width: axe finds
nothing, nothing is wider than the window, and a picture of each is kept in build/screenshots/ for people to look at."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys import pages
from tests.journeys.conftest import Person, Portal
from tests.journeys.looking import OVERFLOW, PICTURES, violations
from tests.journeys.walking import ALICE, CHARLIE, RITA

pytestmark = pytest.mark.browser

ADMIN = "admin@certportal.example"
LOOKS = {"en": (("light", 1280), ("dark", 390)), "zh-CN": (("dark", 1280), ("light", 390))}
"""Language → contrast and width (CSS pixels): together each contrast and each width is seen in each language."""

STATUS = {"not-found": 404, "locked-409": 409}

LogIn = Callable[..., Person]


def faults(page: Page, name: str, address: str, language: str) -> list[str]:
    """Open one page, take its pictures, and say what is wrong with it."""
    found = []
    answer = page.goto(address)
    if answer is None or answer.status != STATUS.get(name, 200):
        found.append(f"{name} {address}: {answer and answer.status}")
    for scheme, width in LOOKS[language]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        folder = PICTURES / f"{language}-{width}-{scheme}"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", full_page=True)
        if (wide := page.evaluate(OVERFLOW)) > 0:
            found.append(f"{name} {address}: {wide} pixels too wide at {width}")
        found += [f"{name} {address} {scheme} {width}: {each}" for each in violations(page)]
    return found


@pytest.mark.parametrize("language", LOOKS)
@pytest.mark.parametrize(
    ("email", "gather"),
    [(ALICE, pages.of_alice), (CHARLIE, pages.of_charlie), (RITA, pages.of_rita), (ADMIN, pages.of_staff)],
    ids=["alice", "charlie", "rita", "admin"],
)
def test_every_page_is_fit_for_everybody(log_in: LogIn, email: str, gather: Callable, language: str) -> None:
    person = log_in(email, locale=language)
    addresses = gather(person)
    wrong = [fault for name, at in addresses.items() for fault in faults(person.page, name, at, language)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", LOOKS)
def test_pages_before_the_login_are_fit_for_everybody(browser: Browser, portal: Portal, language: str) -> None:
    context = browser.new_context(base_url=portal.url, locale=language)
    page = context.new_page()
    wrong = [fault for name, at in pages.of_everybody().items() for fault in faults(page, name, at, language)]
    context.close()
    assert not wrong, "\n".join(wrong)
