"""R1, R5: the list of requests, its order, its numbers, its cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from certportal.accounts.models import User
from reviews import queue
from reviews.admin.requests import RequestAdmin
from reviews.queue import PARTS as PARTS_OF_THE_QUEUE
from revocation.models import Certificate, RevocationRequest
from revocation.services.requests import filing
from revocation.services.review import assignment, decisions
from tests.people import LOOKED_AT
from tests.reviews import desk
from tests.reviews.conftest import Seat

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
QUEUE = reverse("admin:revocation_revocationrequest_changelist")


def shown(response: Any) -> list[int]:
    return [row.pk for row in response.context["cl"].result_list]


def test_R1_nearest_deadline_first_and_only_what_waits(alice: User, rita: User, seat: Seat) -> None:
    now = timezone.now()
    late = desk.in_review(alice, at=now)
    early = desk.in_review(alice, at=now - timedelta(hours=5))
    slow = desk.in_review(alice, at=now - timedelta(hours=1), assisted=True)
    filing.begin(desk.certificate().pk, by=desk.actor(alice), at=now)
    assert shown(seat(rita).get(QUEUE)) == [early.pk, late.pk, slow.pk]


@pytest.mark.database
def test_R5_overdue_ones_stand_out_in_words_and_are_counted(alice: User, rita: User, seat: Seat) -> None:
    desk.in_review(alice)
    overdue = desk.in_review(alice, at=timezone.now() - timedelta(hours=27))
    page = seat(rita).get(QUEUE).content.decode()
    assert "2 waiting" in page
    assert "1 overdue" in page
    assert "overdue by 3" in page
    assert shown(seat(rita).get(QUEUE + "?which=overdue")) == [overdue.pk]
    assert "1 overdue" in seat(rita).get(reverse("admin:index")).content.decode()


def test_all_requests_are_found_too(alice: User, rita: User, seat: Seat) -> None:
    draft = filing.begin(desk.certificate().pk, by=desk.actor(alice), at=timezone.now())
    client = seat(rita)
    assert shown(client.get(QUEUE)) == []
    assert shown(client.get(QUEUE + "?which=all")) == [draft.pk]


def test_search_by_number_serial_fingerprint_or_beginning_of_a_name(alice: User, rita: User, seat: Seat) -> None:
    request = desk.in_review(alice, desk.certificate("shop.example.org"))
    desk.in_review(alice)
    client = seat(rita)
    subject = request.certificate
    pairs = ":".join(subject.fingerprint[i : i + 2].lower() for i in range(0, 64, 2))
    for term in (request.number, str(request.pk), subject.serial_number.lower(), pairs, "SHOP.ex"):
        assert shown(client.get(QUEUE, {"q": term})) == [request.pk], term
    assert shown(client.get(QUEUE, {"q": "example.org"})) == []


def test_the_queue_costs_the_same_number_of_queries_at_any_length(
    alice: User, rita: User, seat: Seat, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client = seat(rita)
    desk.in_review(alice)
    with django_assert_max_num_queries(12) as first:
        client.get(QUEUE)
    for _ in range(8):
        desk.in_review(alice)
    with django_assert_num_queries(len(first)):
        client.get(QUEUE)


def test_there_is_no_add_no_delete_and_no_bulk_action(alice: User, root: User, seat: Seat) -> None:
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


# -- what the queue is narrowed to --------------------------------------------------------------------------------


@pytest.fixture
def mixed(alice: User, rita: User, ron: User) -> list[RevocationRequest]:
    """Return four: assigned to Rita, assigned to Ron, a compromised key of another brand, waiting for its CA."""
    requests = [desk.in_review(alice) for _ in range(2)]
    for request, who in zip(requests, (rita, ron), strict=True):
        assignment.assign(request.pk, by=desk.actor(who), at=timezone.now())
    requests.append(desk.in_review(alice, desk.certificate(brand="dnspod", standard="sm2", level="dv"), reason=1))
    requests.append(
        decisions.approve(desk.in_review(alice).pk, by=desk.actor(rita), at=timezone.now(), checked=LOOKED_AT)
    )
    return requests


FILTERS: list[tuple[dict[str, str], list[int]]] = [
    ({"which": "mine"}, [0]),
    ({"which": "taken"}, [0, 1]),
    ({"which": "free"}, [2]),
    ({"which": "authority"}, [3]),
    ({"which": "stuck"}, []),
    ({"which": "soon"}, []),
    ({"key": "compromised"}, [2]),
    ({"brand": "dnspod"}, [2]),
    ({"route__exact": "F4"}, []),
    ({"route__exact": "F1"}, [0, 1, 2]),
    ({"which": "nonsense"}, [0, 1, 2]),
]


def test_R1_filters_that_matter(mixed: list[RevocationRequest], rita: User, seat: Seat) -> None:
    client = seat(rita)
    for query, places in FILTERS:
        assert sorted(shown(client.get(QUEUE, query))) == [mixed[place].pk for place in places], query


def test_R1_of_one_customer(mixed: list[RevocationRequest], rita: User, seat: Seat) -> None:
    dora = desk.customer("dora")
    other = desk.in_review(desk.person("dora", customer=dora), desk.certificate(customer=dora))
    assert shown(seat(rita).get(QUEUE, {"customer": other.customer_id})) == [other.pk]
    assert len(shown(seat(rita).get(QUEUE, {"customer": "x"}))) == 4


def test_R1_who_is_on_what_is_visible(mixed: list[RevocationRequest], rita: User, ron: User, seat: Seat) -> None:
    assignment.note_view(mixed[2].pk, by=desk.actor(ron), at=timezone.now() - timedelta(minutes=3))
    page = seat(rita).get(QUEUE).content.decode()
    for words in ("assigned to Ron until", "Ron is viewing this (3 min ago)", "Ron: 1 assigned", "Rita: 1 assigned"):
        assert words in page


PARTS = [
    *((part.key or "waiting", {"which": part.key}) for part in PARTS_OF_THE_QUEUE if part.queue),
    ("route", {"route__exact": "F1"}),
    ("key", {"key": "compromised"}),
    ("brand", {"brand": "wotrus"}),
    ("overdue F1", {"which": "overdue", "route__exact": "F1"}),
]


@pytest.mark.database
def test_R1_no_part_of_the_queue_scans_the_table(mixed: list[RevocationRequest], rita: User, seat: Seat) -> None:
    """On either database every query on requests walks an index; sorting and counting stay inside it."""
    client = seat(rita)
    for name, query in PARTS:
        with CaptureQueriesContext(connection) as asked:
            client.get(QUEUE, query)
        selects = [
            q["sql"] for q in asked if "revocation_revocationrequest" in q["sql"] and q["sql"].startswith("SELECT")
        ]
        assert selects, name
        for line in (line for sql in selects for line in plan_of(sql)):
            assert "Seq Scan on revocation_revocationrequest" not in line, (name, line)
            assert "SCAN revocation_revocationrequest" not in line or "USING INDEX request_queue" in line, (name, line)


def plan_of(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")  # otherwise a handful of rows is read without an index
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + sql)
        return [str(row) for row in cursor.fetchall()]


def test_the_numbers_are_one_query_and_stop_at_the_cap(
    mixed: list[RevocationRequest], monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(queue, "MOST", 1)
    with django_assert_num_queries(2):
        numbers = queue.Numbers.at(timezone.now())
    assert (numbers.waiting, numbers.waiting_words) == (2, "more than 1 waiting")
    assert queue.short(2) == "1+"


def test_the_queue_and_all_requests_go_on_behind_every_page_without_counting(
    alice: User, rita: User, seat: Seat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RequestAdmin, "list_per_page", 2)
    at = timezone.now()
    pairs = [desk.in_review(alice, at=at - timedelta(hours=hours)).pk for hours in (3, 2, 2, 2, 1)]
    for query, expected in (("", pairs), ("?which=all", pairs[::-1]), ("?route__exact=F1", pairs)):
        found, address = [], QUEUE + query
        while address:
            with CaptureQueriesContext(connection) as asked:
                page = seat(rita).get(address)
            changes = page.context["cl"]
            assert len(changes.result_list) <= 2
            assert not any("OFFSET" in query["sql"] for query in asked)
            found += [row.pk for row in changes.result_list]
            address = QUEUE + changes.next_page if changes.next_page else ""
        assert found == expected
    assert "First page" in page.content.decode()
    assert shown(seat(rita).get(QUEUE + "?after=nonsense")) == pairs[:2]


def among_many(certificate: Certificate, filed_by: User) -> None:
    """Make enough rows for PostgreSQL's planner to prefer an index of names to reading them all."""
    keys = ["customer_id", "brand_id", "not_before", "not_after", "names", "key_digest", "issuer"]
    same = {key: getattr(certificate, key) for key in keys}
    rows = Certificate.objects.bulk_create(
        Certificate(common_name=f"n{n}.example.net", fingerprint=f"{n:064X}", serial_number=f"{n:X}", **same)
        for n in range(2000)
    )
    RevocationRequest.objects.bulk_create(
        RevocationRequest.of(row, route="F1", state="discarded", is_open=False, filed_by=filed_by) for row in rows
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.database
@pytest.mark.parametrize("table", ["revocationrequest", "certificate"])
def test_a_search_by_the_beginning_of_a_name_walks_its_index(
    alice: User, rita: User, root: User, seat: Seat, table: str
) -> None:
    among_many(desk.in_review(alice, desk.certificate("shop.example.org")).certificate, alice)
    with CaptureQueriesContext(connection) as asked:
        seat(root).get(reverse(f"admin:revocation_{table}_changelist"), {"q": "SHOP_.ex"})
    (sql,) = (q["sql"] for q in asked if "SHOP" in q["sql"] and f'FROM "revocation_{table}"' in q["sql"])
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + sql)
        plan = "\n".join(str(row) for row in cursor.fetchall())
    assert "certificate_name_begins" in plan, plan
