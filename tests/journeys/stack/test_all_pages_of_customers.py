"""Every page that customers see in the demo world is opened in both languages, in light and dark, at desktop and phone
width: axe finds nothing, and nothing is wider than the window. `make screenshots` also leaves a picture of each in
build/screenshots/, for people to look at. The desk's pages: `test_all_pages_of_the_desk`."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.journeys.stack.conftest import Person, Portal
from tests.journeys.steps import pages
from tests.journeys.steps.looking import LOOKS, all_faults
from tests.journeys.steps.walking import ALICE, CHARLIE

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("stock")]

LogIn = Callable[..., Person]


@pytest.mark.parametrize("language", LOOKS)
@pytest.mark.parametrize(
    ("email", "gather"), [(ALICE, pages.of_alice), (CHARLIE, pages.of_charlie)], ids=["alice", "charlie"]
)
def test_every_page_of_customers_is_fit_for_everybody(
    log_in: LogIn, email: str, gather: Callable[[Person], pages.Pages], language: str
) -> None:
    person = log_in(email, locale=language)
    assert all_faults(person.page, gather(person), language) == ""


@pytest.mark.parametrize("language", LOOKS)
def test_pages_before_the_login_are_fit_for_everybody(browser: Browser, portal: Portal, language: str) -> None:
    context = browser.new_context(base_url=portal.url, locale=language)
    found = all_faults(context.new_page(), pages.of_everybody(), language)
    context.close()
    assert found == ""
