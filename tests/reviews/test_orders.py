"""M5: orders to authorities, what they said, and what staff may do about it."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from certportal.accounts.models import User
from revocation.messages import Message
from revocation.models import Actor, Event, OrderState, RevocationOrder
from revocation.services.authority import dispatch
from revocation.services.review import decisions
from tests.people import LOOKED_AT
from tests.reviews import desk
from tests.reviews.conftest import Seat

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


@pytest.fixture
def orders(alice: User, ron: User) -> tuple[RevocationOrder, RevocationOrder]:
    for _ in range(2):
        request = desk.in_review(alice)
        decisions.approve(request.pk, by=desk.actor(ron), at=timezone.now(), checked=LOOKED_AT)
    quiet, stuck = RevocationOrder.objects.order_by("pk")
    system = Actor.system("worker")
    dispatch._begin_revoking(stuck, by=system, at=timezone.now())
    dispatch._stick(stuck.pk, "<b>unknown account</b>", by=system, at=timezone.now())
    stuck.refresh_from_db()
    return quiet, stuck


def at(name: str, *args: Any) -> str:
    return reverse(f"admin:revocation_revocationorder_{name}", args=args)


def test_stuck_ones_come_first_with_the_authoritys_own_words(
    orders: tuple[RevocationOrder, RevocationOrder], rita: User, seat: Seat
) -> None:
    quiet, stuck = orders
    response = seat(rita).get(at("changelist"))
    assert [row.pk for row in response.context["cl"].result_list] == [stuck.pk, quiet.pk]
    assert "&lt;b&gt;unknown account&lt;/b&gt;" in response.content.decode()


@pytest.mark.parametrize("page", ["revocationorder", "event"])
def test_lists_say_the_portals_own_words_in_the_readers_language(
    orders: tuple[RevocationOrder, RevocationOrder], root: User, seat: Seat, page: str
) -> None:
    quiet, _ = orders
    waits, system = Message("authority.no_addresses"), Actor.system("worker")
    dispatch._begin_revoking(quiet, by=system, at=timezone.now())
    dispatch._stick(quiet.pk, waits, by=system, at=timezone.now())
    root.language = "zh-hans"
    root.save()
    shown = seat(root).get(reverse(f"admin:revocation_{page}_changelist")).content.decode()
    with translation.override("zh-hans"):
        assert escape(str(waits)) in shown
    assert escape(waits.in_english) not in shown


def test_M5_try_again(orders: tuple[RevocationOrder, RevocationOrder], rita: User, seat: Seat) -> None:
    _, stuck = orders
    assert seat(rita).post(at("retry", stuck.pk)).status_code == 302
    stuck.refresh_from_db()
    assert stuck.state == OrderState.DUE
    assert Event.objects.get(kind="retry_asked").actor_id == rita.pk


def test_M5_recorded_by_hand_is_not_yet_revoked(
    orders: tuple[RevocationOrder, RevocationOrder], rita: User, seat: Seat
) -> None:
    _, stuck = orders
    client = seat(rita)
    assert client.post(at("by_hand", stuck.pk), {"note": "T-1"}).status_code == 200
    assert client.post(at("by_hand", stuck.pk), {"note": "T-1", "sure": "on"}).status_code == 302
    stuck.refresh_from_db()
    assert (stuck.recorded_by_hand_by, stuck.state) == (rita, OrderState.DUE)
    assert stuck.certificate.state == "revoking"
    assert Event.objects.get(kind="recorded_by_hand").why == "T-1"


def test_readers_see_no_buttons(orders: tuple[RevocationOrder, RevocationOrder], seat: Seat) -> None:
    reader = desk.person("rhea", "revocation.view_revocationorder", is_staff=True)
    _, stuck = orders
    page = seat(reader).get(at("change", stuck.pk)).content.decode()
    assert "unknown account" in page
    assert "Try again" not in page
    assert seat(reader).post(at("retry", stuck.pk)).status_code == 403


def test_get_does_not_retry(orders: tuple[RevocationOrder, RevocationOrder], rita: User, seat: Seat) -> None:
    assert seat(rita).get(at("retry", orders[1].pk)).status_code == 405
