"""M5: orders to authorities, what they said, and what staff may do about it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from revocation.models import Actor, Event, OrderState, Revocation
from revocation.services import deciding, telling
from tests.people import LOOKED_AT
from tests.reviews import desk

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders(alice, ron):
    for _ in range(2):
        request = desk.in_review(alice)
        deciding.approve(request.pk, by=desk.actor(ron), at=timezone.now(), checked=LOOKED_AT)
    quiet, stuck = Revocation.objects.order_by("pk")
    system = Actor.system("worker")
    telling._begin_revoking(stuck, by=system, at=timezone.now())
    telling._stick(stuck.pk, "<b>unknown account</b>", by=system, at=timezone.now())
    stuck.refresh_from_db()
    return quiet, stuck


def at(name, *args):
    return reverse(f"admin:revocation_revocation_{name}", args=args)


def test_stuck_ones_come_first_with_the_authoritys_own_words(orders, rita, seat):
    quiet, stuck = orders
    response = seat(rita).get(at("changelist"))
    assert [row.pk for row in response.context["cl"].result_list] == [stuck.pk, quiet.pk]
    assert "&lt;b&gt;unknown account&lt;/b&gt;" in response.content.decode()


def test_M5_try_again(orders, rita, seat):
    _, stuck = orders
    assert seat(rita).post(at("retry", stuck.pk)).status_code == 302
    stuck.refresh_from_db()
    assert stuck.state == OrderState.DUE
    assert Event.objects.get(kind="retry_asked").actor_id == rita.pk


def test_M5_recorded_by_hand_is_not_yet_revoked(orders, rita, seat):
    _, stuck = orders
    client = seat(rita)
    assert client.post(at("by_hand", stuck.pk), {"note": "T-1"}).status_code == 200
    assert client.post(at("by_hand", stuck.pk), {"note": "T-1", "sure": "on"}).status_code == 302
    stuck.refresh_from_db()
    assert (stuck.recorded_by_hand_by, stuck.state) == (rita, OrderState.DUE)
    assert stuck.certificate.state == "revoking"
    assert Event.objects.get(kind="recorded_by_hand").why == "T-1"


def test_readers_see_no_buttons(orders, seat):
    reader = desk.person("rhea", "revocation.view_revocation", is_staff=True)
    _, stuck = orders
    page = seat(reader).get(at("change", stuck.pk)).content.decode()
    assert "unknown account" in page
    assert "Try again" not in page
    assert seat(reader).post(at("retry", stuck.pk)).status_code == 403


def test_get_does_not_retry(orders, rita, seat):
    assert seat(rita).get(at("retry", orders[1].pk)).status_code == 405
