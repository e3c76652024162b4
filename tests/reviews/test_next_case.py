"""R10: which case follows a decision, and which one follows a case that was skipped."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import User
from revocation.models import RevocationRequest
from revocation.services.review import assignment
from tests.reviews import desk
from tests.reviews.conftest import Seat
from tests.reviews.test_deciding import answer_to

pytestmark = pytest.mark.django_db
NEXT = reverse("admin:revocation_revocationrequest_next")


def shown(response: Any) -> int | None:
    """Return the number of the case that a redirect leads to; None for the queue."""
    part = response.url.rstrip("/").split("/")[-2]
    return int(part) if part.isdecimal() else None


@pytest.fixture
def cases(alice: User) -> list[RevocationRequest]:
    """Return three cases: the first is overdue, the others are not."""
    now = timezone.now()
    return [desk.in_review(alice, at=now - timedelta(hours=hours)) for hours in (30, 5, 1)]


@pytest.mark.parametrize("verb", ["approve", "reject", "hand_back"])
def test_R10_after_a_decision_the_overdue_case_comes_not_the_one_behind_it(
    cases: list[RevocationRequest], rita: User, seat: Seat, verb: str
) -> None:
    late, decided, _ = cases
    client = seat(rita)
    address = reverse("admin:revocation_revocationrequest_decide", args=[decided.pk, verb])
    answer = answer_to(client, decided, verb, sure="on", why="Seen.", then="next")
    assert shown(client.post(address, answer)) == late.pk


def test_R10_skipping_goes_through_the_queue_and_begins_again(
    cases: list[RevocationRequest], rita: User, seat: Seat
) -> None:
    client = seat(rita)
    seen = [shown(client.post(NEXT))]
    for _ in range(3):
        seen.append(shown(client.post(NEXT, {"after": seen[-1]})))
    assert seen == [*(case.pk for case in cases), cases[0].pk]


def test_R10_a_decision_after_skipping_does_not_forget_what_was_skipped(
    cases: list[RevocationRequest], rita: User, seat: Seat
) -> None:
    late, middle, last = cases
    client = seat(rita)
    client.post(NEXT, {"after": late.pk})
    address = reverse("admin:revocation_revocationrequest_decide", args=[middle.pk, "reject"])
    answer = answer_to(client, middle, "reject", why="No.", then="next")
    assert shown(client.post(address, answer)) == last.pk
    session = client.session
    session["desk-passed-over"] = {str(late.pk): int(timezone.now().timestamp()) - 1}  # the time of a lease is over
    session.save()
    assert shown(client.post(NEXT, {"after": last.pk})) == late.pk


def test_R10_says_truly_that_others_have_the_rest_open(
    cases: list[RevocationRequest], rita: User, ron: User, seat: Seat
) -> None:
    for case in cases:
        assignment.note_view(case.pk, by=desk.actor(ron), at=timezone.now())
    response = seat(rita).post(NEXT, follow=True)
    assert "The remaining requests are open elsewhere" in response.content.decode()


@pytest.mark.parametrize("odd", ["", "x", "-1", "9" * 30, "\0"])
def test_an_odd_number_is_none(cases: list[RevocationRequest], rita: User, seat: Seat, odd: str) -> None:
    assert shown(seat(rita).post(NEXT, {"after": odd})) == cases[0].pk
