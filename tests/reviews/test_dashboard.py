"""R5: the reports of the desk, as charts, as tables, as CSV."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import User
from reviews.presenters import dashboard
from reviews.views.dashboard import defused
from revocation.models import RevocationOrder
from revocation.services.requests import filing
from revocation.services.review import decisions
from tests.people import LOOKED_AT
from tests.reviews import desk
from tests.reviews.conftest import Seat

pytestmark = [pytest.mark.database, pytest.mark.django_db]
PAGE, CSV = (reverse(f"admin:revocation_revocationrequest_{name}") for name in ("dashboard", "dashboard_csv"))
HOUR = timedelta(hours=1)


def table(key: str, at: datetime | None = None) -> dashboard.Table:
    return next(found for found in dashboard.figures(at or timezone.now()) if found.key == key)


def test_R5_waiting_against_both_clocks(alice: User) -> None:
    now = timezone.now()
    desk.in_review(alice, at=now - 30 * HOUR)
    desk.in_review(alice, at=now - 20 * HOUR)
    desk.in_review(alice, at=now - HOUR, assisted=True)
    desk.in_review(alice, at=now - HOUR, assisted=True, reason=1)
    assert [values for _label, values in table("waiting", now).rows] == [[1, 0], [1, 0], [1, 0], [0, 1]]


def test_R5_decisions_by_day_and_how_long_they_took(alice: User, rita: User) -> None:
    now = timezone.now()
    for hours in (1, 2, 3, 10):
        request = desk.in_review(alice, at=now - hours * HOUR)
        decide = partial(decisions.approve, checked=LOOKED_AT) if hours < 10 else decisions.reject
        decide(request.pk, by=desk.actor(rita), at=now, why="x")
    today = f"{timezone.localdate(now):%m-%d}"
    assert dict(table("decided", now).rows)[today] == [3, 1]
    assert dict(table("hours", now).rows)[today] == [2.0, 10.0]
    assert "median 2.0 h" in table("hours", now).note


@pytest.mark.parametrize(("part", "expected"), [(0.5, 5), (0.9, 9), (1.0, 10)])
def test_shares_are_values_that_occurred(part: float, expected: int) -> None:
    assert dashboard.share(range(1, 11), part) == expected
    assert dashboard.share([], part) is None


def test_refusals_are_counted_by_rule(alice: User) -> None:
    certificate = desk.certificate(not_after=timezone.now() - HOUR)
    for _ in range(2):
        with pytest.raises(filing.RequestRefused):
            filing.begin(certificate.pk, by=desk.actor(alice), at=timezone.now(), reason=4)
    assert table("refusals").rows == [("M2", [2])]


def test_what_is_older_than_the_window_is_not_read(alice: User, rita: User) -> None:
    long_ago = timezone.now() - timedelta(days=40)
    decisions.approve(desk.in_review(alice, at=long_ago).pk, by=desk.actor(rita), at=long_ago, checked=LOOKED_AT)
    assert all(values == [0, 0] for _day, values in table("decided").rows)


def test_the_page_shows_each_number_as_text_too(alice: User, rita: User, seat: Seat) -> None:
    desk.in_review(alice)
    page = seat(rita).get(PAGE).content.decode()
    assert 'role="img" aria-label="Waiting requests by time left"' in page
    assert page.count("<table") == 5
    assert "style=" not in page.split('id="content"')[1]


def test_threat_38_cells_that_a_spreadsheet_would_run_are_defused(
    alice: User, rita: User, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [defused(cell) for cell in ("=1+1", "+1", "-1", "@x", "a=b")] == ["'=1+1", "'+1", "'-1", "'@x", "a=b"]
    desk.in_review(alice)
    monkeypatch.setattr(
        dashboard, "authority_delays", lambda since: dashboard.Table("x", "", "", ["n"], [("=cmd", [1])])
    )
    rows = list(csv.reader(io.StringIO(seat(rita).get(CSV).content.decode("utf-8-sig"))))
    assert rows[0] == ["figure", "row", "column", "value"]
    assert ["waiting", "6 to 24 h left", "24-hour deadline", "1"] in rows
    assert rows[-1] == ["x", "'=cmd", "n", "1"]


def test_the_figures_cost_the_same_number_of_queries_at_any_length(
    alice: User, rita: User, seat: Seat, django_assert_num_queries: Any
) -> None:
    client = seat(rita)
    request = desk.in_review(alice)
    decisions.approve(request.pk, by=desk.actor(rita), at=timezone.now(), checked=LOOKED_AT)
    with django_assert_num_queries(9):
        client.get(PAGE)
    for _ in range(8):
        desk.in_review(alice)
    with django_assert_num_queries(9):
        client.get(PAGE)
    assert RevocationOrder.objects.count() == 1
