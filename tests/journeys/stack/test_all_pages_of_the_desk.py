"""Every page of the desk, for a reviewer and for a superuser, passes the checks of `test_all_pages_of_customers`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.stack.conftest import Person
from tests.journeys.steps import pages
from tests.journeys.steps.looking import LOOKS, all_faults
from tests.journeys.steps.walking import RITA

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("stock")]

ADMIN = "admin@certportal.example"


@pytest.mark.parametrize("language", LOOKS)
@pytest.mark.parametrize(("email", "gather"), [(RITA, pages.of_rita), (ADMIN, pages.of_staff)], ids=["rita", "admin"])
def test_every_page_of_the_desk_is_fit_for_everybody(
    log_in: Callable[..., Person], email: str, gather: Callable[[Person], pages.Pages], language: str
) -> None:
    person = log_in(email, locale=language)
    assert all_faults(person.page, gather(person), language) == ""
