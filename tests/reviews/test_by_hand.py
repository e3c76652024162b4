"""The pages of an order that staff carry out by hand: who may do what; only what is done is called done."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import User
from revocation.models import Event, HandRecord, Mail, OrderState, RevocationOrder
from revocation.services.notifications import mail as mail_queue
from tests.people import DAY, NOW
from tests.reviews import desk
from tests.reviews.conftest import Seat
from tests.support.by_hand_stories import ordered, work

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
GIVEN = {"revoked_at": "2026-06-10T09:30", "reason": "4", "note": "Ticket 7", "sure": "on"}


def at(name: str, order: RevocationOrder) -> str:
    return reverse(f"admin:revocation_revocationorder_{name}", args=[order.pk])


@pytest.fixture
def order(alice: User, ron: User) -> RevocationOrder:
    return ordered(desk.actor(alice), desk.actor(ron))


@pytest.fixture
def clara(db: None) -> User:
    """Return a member of certificate staff, with the rights that the migration gives."""
    person = desk.person("clara", is_staff=True)
    person.groups.add(Group.objects.get(name="certificate staff"))
    return person


def recorded(client: Client, order: RevocationOrder, **more: Any) -> Any:
    seen = client.get(at("by_hand", order)).context["form"].initial["seen"]
    return client.post(at("by_hand", order), GIVEN | {"seen": seen} | more)


def confirmed(client: Client, order: RevocationOrder) -> Any:
    seen = client.get(at("change", order)).context["confirm"].initial["seen"]
    return client.post(at("confirm", order), {"seen": seen, "sure": "on"})


@pytest.mark.parametrize("who", ["clara", "carl", "rita", "root"])
def test_certificate_staff_and_reviewers_record_what_the_authority_states(
    order: RevocationOrder, request: pytest.FixtureRequest, seat: Seat, who: str
) -> None:
    client = seat(request.getfixturevalue(who))
    assert client.get(reverse("admin:revocation_revocationorder_changelist")).status_code == 200
    page = client.get(at("change", order)).content.decode()
    assert at("by_hand", order) in page
    assert "names no CRL or OCSP web address, so the portal cannot check" in page
    assert recorded(client, order).status_code == 302
    kept = HandRecord.objects.get()
    assert (kept.reason, kept.note, kept.recorded_by.first_name.lower()) == (4, "Ticket 7", who)
    page = client.get(at("change", order)).content.decode()
    assert "Another member of staff must check" in page
    assert "Confirm record" not in page


@pytest.mark.parametrize("who", ["sam", "audrey", "alice"])
def test_others_do_not(order: RevocationOrder, request: pytest.FixtureRequest, seat: Seat, who: str) -> None:
    client = seat(request.getfixturevalue(who))
    for name in ("by_hand", "confirm", "retry"):
        assert client.post(at(name, order), GIVEN).status_code in (302, 403)
    assert not HandRecord.objects.exists()


def test_a_second_person_ends_it_and_the_pages_say_how(
    order: RevocationOrder, carl: User, rita: User, audrey: User, seat: Seat
) -> None:
    recorded(seat(carl), order)
    assert "Confirm record" in seat(rita).get(at("change", order)).content.decode()
    assert confirmed(seat(rita), order).status_code == 302
    order = work(order, timezone.now())
    assert order.certificate.state == "revoked"
    page = seat(audrey).get(at("change", order)).content.decode()
    for words in (
        "not public",
        "CA's statement recorded by hand",
        "Ticket 7",
        "Carl",
        "Rita",
    ):
        assert words in page, words
    name = "admin:revocation_certificate_record"
    record = seat(audrey).get(reverse(name + "_json", args=[order.certificate_id])).json()
    assert record["orders"][0]["hand_record"]["confirmed_by_hand_by"] == "Rita"


def test_the_customer_reads_that_there_is_no_public_status(
    order: RevocationOrder, alice: User, carl: User, rita: User, seat: Seat
) -> None:
    recorded(seat(carl), order)
    confirmed(seat(rita), order)
    work(order, timezone.now())
    client = seat(alice)
    page = client.get(f"/requests/{order.request_id}/").content.decode()
    assert "names no public status address" in page
    mail = mail_queue.compose(Mail.objects.filter(template="revoked").first())
    told = (page, client.get(f"/certificates/{order.certificate_id}/").content.decode(), str(mail.body))
    for text in told:
        assert "evoked" in text
        assert "confirmed by the CA" not in text


def finished(order: RevocationOrder, carl: User, rita: User, seat: Seat) -> RevocationOrder:
    recorded(seat(carl), order)
    confirmed(seat(rita), order)
    return work(order, timezone.now())


def test_recording_or_retrying_a_finished_order_is_refused_in_true_words(
    order: RevocationOrder, carl: User, rita: User, seat: Seat
) -> None:
    order = finished(order, carl, rita, seat)
    client, before = seat(rita), Event.objects.count()
    for name, given in (("by_hand", GIVEN), ("by_hand", {}), ("retry", {}), ("confirm", {"seen": "x", "sure": "on"})):
        response = client.post(at(name, order), given)
        page = response.content.decode()
        assert response.status_code == 409, name
        assert "This order is finished" in page
        assert "Recorded." not in page
    assert client.get(at("by_hand", order)).status_code == 409
    assert Event.objects.count() == before
    page = client.get(at("change", order)).content.decode()
    assert at("by_hand", order) not in page
    assert at("retry", order) not in page


def test_a_double_click_and_a_stale_page_are_told_who_was_first(
    order: RevocationOrder, carl: User, rita: User, seat: Seat
) -> None:
    stale = seat(rita).get(at("by_hand", order)).context["form"].initial["seen"]
    assert recorded(seat(carl), order).status_code == 302
    for client in (seat(carl), seat(rita)):
        response = client.post(at("by_hand", order), GIVEN | {"seen": stale})
        assert response.status_code == 409
        assert "Carl recorded it already" in response.content.decode()
    first = confirmed(seat(rita), order)
    assert first.status_code == 302
    again = seat(rita).post(at("confirm", order), {"seen": "x", "sure": "on"})
    assert again.status_code == 409
    assert "Rita confirmed the record" in again.content.decode()
    assert Event.objects.filter(kind="hand_record_confirmed").count() == 1


def test_confirming_without_the_tick_changes_nothing(
    order: RevocationOrder, carl: User, rita: User, seat: Seat
) -> None:
    recorded(seat(carl), order)
    assert seat(rita).post(at("confirm", order), {"seen": "x"}).status_code == 400
    assert HandRecord.objects.get().confirmed_by is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("revoked_at", ""), ("revoked_at", "tomorrow"), ("revoked_at", "9999-12-31T23:59"),
        ("revoked_at", "0001-01-01T00:00"), ("revoked_at", "2026-01-01T00:00"), ("reason", "6"), ("reason", "x"),
        ("note", ""), ("note", " "), ("note", "\0"), ("sure", ""),
    ],
)  # fmt: skip
def test_what_cannot_be_is_not_recorded(order: RevocationOrder, carl: User, seat: Seat, field: str, value: str) -> None:
    response = recorded(seat(carl), order, **{field: value})
    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert not HandRecord.objects.exists()


def test_R3_whoever_filed_it_records_nothing(order: RevocationOrder, alice: User, seat: Seat) -> None:
    """A customer who is made staff as well."""
    alice.is_staff = alice.is_superuser = True
    alice.save()
    client = seat(alice)
    assert recorded(client, order).status_code == 403
    assert not HandRecord.objects.exists()
    assert Event.objects.get(kind="decision_refused").actor_id == alice.pk


def test_R5_the_desk_counts_it_as_waiting_for_staff_and_as_overdue(
    order: RevocationOrder, rita: User, seat: Seat
) -> None:
    RevocationOrder.objects.filter(pk=order.pk).update(state=OrderState.WAITING)
    client = seat(rita)
    queue = reverse("admin:revocation_revocationrequest_changelist")
    for address in (queue, reverse("admin:index")):
        page = client.get(address).content.decode()
        assert "1 order needs staff" in page
        assert "1 order overdue at the CA" in page  # decided in June; it is later than that
    for which in ("stuck", "late"):
        rows = client.get(queue, {"which": which}).context["cl"].result_list
        assert [row.pk for row in rows] == [order.request_id]
    assert timezone.now() > NOW + DAY
