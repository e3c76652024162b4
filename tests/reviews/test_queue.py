"""R1, R5: the list of requests, its order, its numbers, its cost."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.reviews import desk

pytestmark = pytest.mark.django_db
QUEUE = reverse("admin:revocation_revocationrequest_changelist")


def shown(response):
    return [row.pk for row in response.context["cl"].result_list]


def test_R1_nearest_deadline_first_and_only_what_waits(alice, rita, seat):
    now = timezone.now()
    late = desk.in_review(alice, at=now)
    early = desk.in_review(alice, at=now - timedelta(hours=5))
    slow = desk.in_review(alice, at=now - timedelta(hours=1), assisted=True)
    desk.filing.begin(desk.certificate().pk, by=desk.actor(alice), at=now)
    assert shown(seat(rita).get(QUEUE)) == [early.pk, late.pk, slow.pk]


def test_R5_overdue_ones_stand_out_in_words_and_are_counted(alice, rita, seat):
    desk.in_review(alice)
    overdue = desk.in_review(alice, at=timezone.now() - timedelta(hours=27))
    page = seat(rita).get(QUEUE).content.decode()
    assert "2 requests wait" in page
    assert "1 is overdue" in page
    assert "overdue by 3" in page
    assert shown(seat(rita).get(QUEUE + "?which=overdue")) == [overdue.pk]
    assert "1 is overdue" in seat(rita).get(reverse("admin:index")).content.decode()


def test_all_requests_are_found_too(alice, rita, seat):
    draft = desk.filing.begin(desk.certificate().pk, by=desk.actor(alice), at=timezone.now())
    client = seat(rita)
    assert shown(client.get(QUEUE)) == []
    assert shown(client.get(QUEUE + "?which=all")) == [draft.pk]


def test_search_by_number_serial_fingerprint_or_beginning_of_a_name(alice, rita, seat):
    request = desk.in_review(alice, desk.certificate("shop.example.org"))
    desk.in_review(alice)
    client = seat(rita)
    subject = request.certificate
    pairs = ":".join(subject.fingerprint[i : i + 2].lower() for i in range(0, 64, 2))
    for term in (request.number, str(request.pk), subject.serial_number.lower(), pairs, "SHOP.ex"):
        assert shown(client.get(QUEUE, {"q": term})) == [request.pk], term
    assert shown(client.get(QUEUE, {"q": "example.org"})) == []


def test_the_queue_costs_the_same_number_of_queries_at_any_length(
    alice, rita, seat, django_assert_num_queries, django_assert_max_num_queries
):
    client = seat(rita)
    desk.in_review(alice)
    with django_assert_max_num_queries(12) as first:
        client.get(QUEUE)
    for _ in range(8):
        desk.in_review(alice)
    with django_assert_num_queries(len(first)):
        client.get(QUEUE)


def test_the_queue_uses_its_partial_index(db):
    from reviews.queue import overdue

    plan = overdue(timezone.now()).explain()
    assert "request_queue" in plan
    assert "SCAN revocation_revocationrequest USING" not in plan or "request_queue" in plan


def test_there_is_no_add_no_delete_and_no_bulk_action(alice, root, seat):
    request = desk.in_review(alice)
    client = seat(root)
    page = client.get(QUEUE).content.decode()
    assert reverse("admin:revocation_revocationrequest_add") not in page
    assert 'name="action"' not in page
    client.post(QUEUE, {"action": "delete_selected", "_selected_action": [request.pk], "post": "yes"})
    assert desk.fresh(request).state == "in_review"
    for name in ("add", "delete"):
        args = [] if name == "add" else [request.pk]
        assert (
            client.post(reverse(f"admin:revocation_revocationrequest_{name}", args=args), {"post": "yes"}).status_code
            == 403
        )
