"""Threat 34: floods of drafts, uploads, checks and messages end at a clear page, and change nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from revocation.models import Actor, Delivery, RevocationRequest
from revocation.web.guards import limits
from tests.pages.conftest import Seat, Story, scan

pytestmark = pytest.mark.slow

TYPED = {"reason": "4", "reason_text": "We have a new one."}


@pytest.fixture
def quotas(settings: Any) -> None:
    settings.QUOTAS = dict.fromkeys(settings.QUOTAS, 2)


def asked(story: Story) -> dict[str, tuple[str, dict[str, Any]]]:
    return {
        "drafts": (f"/requests/{story.draft.pk}/reason/", TYPED),
        "uploads": (f"/requests/{story.draft.pk}/letter/", {"letter": scan(b"x" * 2000)}),
        "checks": (f"/requests/{story.proving.pk}/ownership/check/", {}),
        "others": (f"/webhooks/{story.webhook.pk}/act/", {"act": "test"}),
    }


@pytest.mark.parametrize("what", ["drafts", "uploads", "checks", "others"])
def test_more_than_the_quota_is_refused_with_the_time_to_go_on(
    quotas: None, page: Client, seat: Seat, bob: Actor, story: Story, what: str
) -> None:
    address, typed = asked(story)[what]
    assert all(page.post(address, typed).status_code != 429 for _ in range(2))
    before = (list(RevocationRequest.objects.order_by("pk").values()), Delivery.objects.count())
    answer = page.post(address, typed)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 3600
    assert "Nothing was changed." in answer.content.decode()
    machine = page.post(address, typed, headers={"accept": "application/problem+json"})
    assert (machine.status_code, machine.json()["code"]) == (429, "limit.too_many_requests")
    assert int(machine["Retry-After"]) <= 60 * machine.json()["params"]["minutes"] <= 3600
    assert (list(RevocationRequest.objects.order_by("pk").values()), Delivery.objects.count()) == before
    assert page.get("/certificates/").status_code == 200
    assert seat(bob).post(address, typed).status_code != 429  # a colleague's quota is their own


def test_an_organisation_has_a_quota_whoever_acts_and_from_wherever(
    quotas: None, monkeypatch: pytest.MonkeyPatch, seat: Seat, alice: Actor, bob: Actor, charlie: Actor, story: Story
) -> None:
    monkeypatch.setattr(limits, "TIMES_FOR_MANY", 1)
    address = f"/requests/{story.draft.pk}/reason/"

    def status(person: Actor, number: int) -> int:
        return seat(person).post(address, TYPED, REMOTE_ADDR=f"192.0.2.{number}").status_code

    assert [status(alice, 1), status(bob, 2), status(bob, 3)] == [302, 302, 429]
    assert status(charlie, 4) == 404  # another organisation's quota is its own
