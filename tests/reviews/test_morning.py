"""R1, R2: a reviewer's morning. What counts is page loads: each is a wait, and a place to lose the thread."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from certportal.accounts.models import User
from revocation.models import RevocationRequest
from tests.reviews import desk
from tests.reviews.conftest import Seat

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
NEXT = reverse("admin:revocation_revocationrequest_next")
CASES = 20


class Browser:
    """A client that follows redirects as a browser does. `loads`: pages shown, `posts`: buttons pressed."""

    def __init__(self, client: Client) -> None:
        self.client, self.loads, self.posts = client, 0, 0
        self.page: Any = None

    def press(self, address: str, typed: dict[str, Any]) -> None:
        self.posts += 1
        self.page = self.client.post(address, typed, follow=True)
        assert len(self.page.redirect_chain) == 1
        self.loads += 1


def answer(page: Any, verb: str) -> dict[str, Any]:
    """Return the form on the case page with everything ticked or filled in, and *and the next case* pressed."""
    form = next(form for decision, form in page.context["case"].decisions if decision.verb == verb)
    ticks = {name: "on" for name in form.fields if name.startswith("check_") or name == "sure"}
    return ticks | {"seen": form.initial["seen"], "why": "The seal is missing.", "then": "next"}


def test_twenty_cases_take_one_page_load_each_and_one_button(alice: User, rita: User, seat: Seat) -> None:
    for _number in range(CASES):
        desk.in_review(alice)
    browser = Browser(seat(rita))
    browser.press(NEXT, {})
    for number in range(CASES):
        verb = ("approve", "reject", "hand_back")[number % 3]
        case = browser.page.context["subject"]
        assert case.taken_by == rita
        address = reverse("admin:revocation_revocationrequest_decide", args=[case.pk, verb])
        browser.press(address, answer(browser.page, verb))
    assert not RevocationRequest.objects.filter(state="in_review").exists()
    assert browser.page.context["cl"].result_count == 0  # back at the empty queue
    assert (browser.loads, browser.posts) == (CASES + 1, CASES + 1)
