"""M6, L1: certificates for staff, deleting for good, tombstones, the record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import Customer, User
from revocation.models import Certificate, CertificateBytes, Event
from tests.reviews import desk
from tests.reviews.conftest import Seat

pytestmark = pytest.mark.django_db


def at(name: str, *args: Any) -> str:
    return reverse(f"admin:revocation_certificate_{name}", args=args)


@pytest.fixture
def expired(acme: Customer) -> Certificate:
    return desk.certificate("old.example.com", not_after=timezone.now() - timedelta(days=1))


def test_M6_each_certificate_has_its_own_result(expired: Certificate, carl: User, seat: Seat) -> None:
    living = desk.certificate("living.example.com")
    client = seat(carl)
    page = client.get(at("purge") + f"?id={expired.pk}&id={living.pk}").content.decode()
    assert "Revoke it before you delete it" in page
    response = client.post(at("purge"), {"id": [expired.pk, living.pk], "sure": "on"}, follow=True)
    expired.refresh_from_db()
    living.refresh_from_db()
    assert (expired.state, living.state) == ("deleted", "issued")
    assert not CertificateBytes.objects.filter(certificate=expired).exists()
    said = response.content.decode()
    assert "Its deletion record remains" in said
    assert "Revoke it before you delete it" in said


def test_M6_not_without_the_tick(expired: Certificate, carl: User, seat: Seat) -> None:
    assert "Tick the box" in seat(carl).post(at("purge"), {"id": expired.pk}).content.decode()
    expired.refresh_from_db()
    assert expired.state == "issued"


def test_M6_the_tombstone_tells_the_whole_story(expired: Certificate, carl: User, seat: Seat) -> None:
    client = seat(carl)
    client.post(at("purge"), {"id": expired.pk, "sure": "on"})
    page = client.get(at("change", expired.pk)).content.decode()
    for fact in (expired.serial_number, "old.example.com", "Carl deleted this certificate", "permanently deleted"):
        assert fact in page
    assert at("purge") not in page


def test_M6_reviewers_do_not_delete(expired: Certificate, rita: User, seat: Seat) -> None:
    client = seat(rita)
    assert at("purge") not in client.get(at("change", expired.pk)).content.decode()
    assert client.post(at("purge"), {"id": expired.pk, "sure": "on"}).status_code == 403
    assert 'value="delete_for_good"' not in client.get(at("changelist")).content.decode()


def test_threat_20_the_action_takes_only_what_the_list_shows(expired: Certificate, carl: User, seat: Seat) -> None:
    other = desk.certificate("other.example.com")
    given = {"action": "delete_for_good", "_selected_action": [expired.pk, other.pk, 9999]}
    response = seat(carl).post(at("changelist") + "?q=old.example", given)
    assert response["Location"] == at("purge") + f"?id={expired.pk}"


@pytest.mark.parametrize("ids", ["", "?id=9999", "?id=x", "?id=1%3B2", "?id=-1"])
def test_foreign_and_broken_ids_are_404(expired: Certificate, carl: User, seat: Seat, ids: str) -> None:
    assert seat(carl).get(at("purge") + ids).status_code == 404


def test_certificates_are_searched_exactly_or_by_beginning(expired: Certificate, carl: User, seat: Seat) -> None:
    desk.certificate()
    for term in (expired.serial_number, expired.fingerprint, "OLD.ex"):
        rows = seat(carl).get(at("changelist"), {"q": term}).context["cl"].result_list
        assert [row.pk for row in rows] == [expired.pk]


def test_the_list_costs_the_same_at_any_length(
    expired: Certificate, carl: User, seat: Seat, django_assert_max_num_queries: Any
) -> None:
    for _ in range(8):
        desk.certificate()
    client = seat(carl)
    with django_assert_max_num_queries(8):
        client.get(at("changelist"))


def test_L1_nobody_edits_the_record(alice: User, root: User, seat: Seat) -> None:
    desk.in_review(alice)
    event = Event.objects.first()
    client = seat(root)
    for name, args in (("add", []), ("change", [event.pk]), ("delete", [event.pk])):
        address = reverse(f"admin:revocation_event_{name}", args=args)
        assert client.post(address, {"why": "x", "post": "yes"}).status_code == 403
    assert Event.objects.filter(pk=event.pk, why=event.why).exists()


def test_events_are_paged_by_key_and_never_counted(
    alice: User, rita: User, seat: Seat, django_assert_max_num_queries: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reviews.admin.events import EventAdmin

    monkeypatch.setattr(EventAdmin, "list_per_page", 2)
    for _ in range(2):
        desk.in_review(alice)
    client = seat(rita)
    address = reverse("admin:revocation_event_changelist")
    with django_assert_max_num_queries(5) as asked:
        first = client.get(address)
    assert not any("COUNT(" in query["sql"] for query in asked)
    newest = [row.pk for row in first.context["cl"].result_list]
    second = client.get(address + first.context["cl"].next_page)
    older = [row.pk for row in second.context["cl"].result_list]
    assert newest + older == sorted(Event.objects.values_list("pk", flat=True), reverse=True)[:4]
    assert Certificate.objects.count() == 2


def test_staff_who_edit_people_cannot_raise_their_own_rights(seat: Seat, root: User) -> None:
    clerk = desk.person("cleo", "accounts.change_user", "accounts.view_user", "accounts.add_user", is_staff=True)
    client = seat(clerk)
    own = reverse("admin:accounts_user_change", args=[clerk.pk])
    client.post(own, {"email": clerk.email, "is_superuser": "on", "is_active": "on"})
    clerk.refresh_from_db()
    assert not clerk.is_superuser
    other = reverse("admin:accounts_user_change", args=[root.pk])
    assert client.post(other, {"email": "x@example.com"}).status_code == 403


def test_people_are_added_by_e_mail_address(root: User, seat: Seat) -> None:
    given = {
        "email": "New@Example.com",
        "usable_password": "true",
        "password1": desk.PASSWORD,
        "password2": desk.PASSWORD,
    }
    management = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    response = seat(root).post(reverse("admin:accounts_user_add"), given | management)
    assert response.status_code == 302, response.context["errors"]
    assert User.objects.filter(email="new@example.com").exists()


def test_N1_staff_mark_what_is_to_be_renewed_and_leave_an_event(
    expired: Certificate, carl: User, rita: User, seat: Seat
) -> None:
    asked = {"action": "to_be_renewed", "_selected_action": [expired.pk]}
    address = "/admin/revocation/certificate/"
    for _ in range(2):
        seat(carl).post(address, asked)
    expired = type(expired).objects.get(pk=expired.pk)
    assert expired.to_be_renewed
    assert Event.objects.filter(kind="renewal_marked", certificate_id=expired.pk).count() == 1
    seat(rita).post(address, asked | {"action": "not_to_be_renewed"})
    assert type(expired).objects.get(pk=expired.pk).to_be_renewed
    seat(carl).post(address, asked | {"action": "not_to_be_renewed"})
    assert not type(expired).objects.get(pk=expired.pk).to_be_renewed
