"""M5: one fetch of a place serves all orders that wait, never an earlier fetch; one bad order holds up no other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from revocation.authorities.local.models import LocalAuthority
from revocation.authorities.looking import Unreachable
from revocation.messages import Message
from revocation.models import Actor, Certificate, Event, RevocationOrder, StatusObservation
from revocation.services.authority import dispatch, embedded_publication, publication_check, publication_record
from revocation.services.authority.order_rows import OrderRow
from revocation.services.review import decisions
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import LOOKED_AT, submitted
from tests.publication import fetch_own

pytestmark = [pytest.mark.database, pytest.mark.django_db]
Told = Callable[[int], list[int]]


@pytest.fixture
def told(authority: LocalAuthority, make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> Told:
    """Return a function that makes so many more orders, confirmed and published. All certificates name one CRL."""

    def make(number: int) -> list[int]:
        authority.shards = 1
        start = Certificate.objects.count()
        for count in range(start, start + number):
            case = submitted(make_certificate(f"host{count}.aurora.example"), alice)
            decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
        orders = dispatch.due_orders(at=NOW)
        for order in orders:
            dispatch.tell(order, by=SYSTEM, at=NOW)
        for shard in embedded_publication.due_shards(at=timezone.now()):
            embedded_publication.publish_shard(shard, at=timezone.now())
        return orders

    return make


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count how often each address is fetched."""
    count: Counter[str] = Counter()

    def fetch(url: str) -> bytes:
        count[url] += 1
        return fetch_own(url)

    monkeypatch.setattr(publication_check, "fetch_publication", fetch)
    return count


def look(orders: list[int]) -> None:
    publication_check.look(orders, by=SYSTEM, at=NOW)


def revoked() -> set[int]:
    """Return the orders whose certificate is revoked."""
    return set(
        RevocationOrder.objects.filter(certificate__state="revoked", state="proven").values_list("pk", flat=True)
    )


def test_M5_one_crl_is_fetched_for_all_that_wait_for_it(told: Told, fetched: Counter[str]) -> None:
    orders = told(3)
    look(orders)
    assert revoked() == set(orders)
    assert [times for url, times in fetched.items() if "crl" in url] == [1]
    seen_in = set(StatusObservation.objects.filter(place="crl", outcome="yes").values_list("crl_number", "seen_at"))
    assert len(seen_in) == 1
    assert Event.objects.filter(kind="seen").count() == 6
    assert Event.objects.filter(kind="revoked").count() == 3


def test_M5_a_crl_from_before_the_authority_was_told_proves_nothing(told: Told, fetched: Counter[str]) -> None:
    """Each round fetches anew: what an earlier round saw says nothing about an order that was sent later."""
    (first,) = told(1)
    look([first])
    (second,) = told(1)
    look([second])
    numbers = StatusObservation.objects.filter(place="crl").order_by("revocation").values_list("crl_number", flat=True)
    assert [times for url, times in fetched.items() if "crl" in url] == [2]
    assert int(numbers[0]) < int(numbers[1])


def test_M5_a_round_asks_a_silent_responder_once_and_one_that_answers_badly_again(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders, asked = told(2), list[str]()
    for words, times in (
        (Message("fetch.connection_lost", {"host": "ocsp.example"}), 1),
        (Message("authority.answer_status", {"status": 500}), 2),
    ):

        def fetch(url: str, words: Message = words) -> bytes:
            if "ocsp" not in url:
                return fetch_own(url)
            asked.append(url)
            raise Unreachable(words)

        monkeypatch.setattr(publication_check, "fetch_publication", fetch)
        asked.clear()
        RevocationOrder.objects.update(next_look_at=NOW)
        look(orders)
        assert len(asked) == times
    assert set(StatusObservation.objects.values_list("place", "outcome")) == {("ocsp", "unreadable"), ("crl", "yes")}


def test_M5_what_a_round_does_not_come_to_is_due_as_it_was(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = told(3)
    monkeypatch.setattr(publication_check, "ROUND", 0.0)
    look(orders)
    assert revoked() == {orders[0]}  # each round does some work, however slow the places are
    assert publication_check.due_looks(at=NOW) == orders[1:]
    assert set(RevocationOrder.objects.filter(pk__in=orders[1:]).values_list("looks", flat=True)) == {0}


def test_M5_an_order_that_cannot_be_written_holds_up_no_other(
    told: Told, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    orders, really = told(3), publication_record._after_the_look

    def refuse(order: OrderRow, *more: Any, **when: Any) -> Any:
        if order.pk == orders[1]:
            raise DatabaseError("deadlock detected")
        return really(order, *more, **when)

    monkeypatch.setattr(publication_record, "_after_the_look", refuse)
    look(orders)
    assert revoked() == {orders[0], orders[2]}
    assert not StatusObservation.objects.filter(revocation=orders[1]).exists()
    assert publication_check.due_looks(at=NOW + publication_check.LEASE) == [orders[1]]
    assert f"order {orders[1]} cannot be written" in caplog.text


def test_M5_more_orders_cost_no_more_statements(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    costs: dict[int, int] = {}

    def counted(found: Mapping[int, publication_record.Looked], **more: Any) -> None:
        with CaptureQueriesContext(connection) as queries:
            publication_record.write(found, **more)
        costs[len(found)] = len(queries)

    monkeypatch.setattr(publication_check, "write", counted)
    for number in (2, 6):
        look(told(number))
    assert costs[6] - costs[2] < 4  # one for each second in which some were revoked, not one for each order
