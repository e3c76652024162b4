"""C7, R3: a record by hand that two people made stays. No program makes or uses one without two people."""

from __future__ import annotations

import pytest
from django.db import transaction

from revocation.models import Actor, HandRecord, RevocationOrder
from revocation.services.authority import by_hand, dispatch
from revocation.services.authority.by_hand import Stated, state_seen
from tests.conftest import person
from tests.guards.rows import execute, insert, only_postgresql, only_sqlite, refused, values
from tests.people import DAY, HOUR, NOW, fresh
from tests.support.by_hand_stories import ordered, work

pytestmark = pytest.mark.database

RECORDS, ORDERS = HandRecord._meta.db_table, RevocationOrder._meta.db_table


@pytest.fixture
def recorded(alice: Actor, rita: Actor, carl: Actor) -> RevocationOrder:
    order = ordered(alice, rita)
    dispatch.record_by_hand(order.pk, by=carl, at=NOW, note="Ticket 7", stated=Stated(NOW - HOUR, 4))
    return fresh(order)


@pytest.fixture
def confirmed(recorded: RevocationOrder, ron: Actor) -> RevocationOrder:
    by_hand.confirm(recorded.pk, by=ron, at=NOW + HOUR, seen=state_seen(recorded))
    return fresh(recorded)


@pytest.mark.parametrize(
    "column", ["note", "reason", "revoked_at", "confirmed_by_id", "recorded_by_id", "confirmed_at"]
)
def test_a_confirmed_record_is_never_changed(confirmed: RevocationOrder, root: Actor, column: str) -> None:
    value = {"note": "Another.", "reason": 1}.get(column, root.user_id if column.endswith("_id") else NOW + DAY)
    with refused("stays as it is"):
        execute(f"UPDATE {RECORDS} SET {column} = %s", value)
    with refused("never deleted"):
        execute(f"DELETE FROM {RECORDS}")


@only_sqlite
def test_nor_replaced(confirmed: RevocationOrder) -> None:
    facts = values(HandRecord.objects.get()) | {"note": "Another."}
    for changed in ({}, {"id": 999}):
        with refused("stands in the place"):
            insert(RECORDS, facts | changed, "INSERT OR REPLACE")


@only_postgresql
def test_nor_emptied(confirmed: RevocationOrder) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    with refused("never deleted"):
        execute(f"TRUNCATE {RECORDS} CASCADE")


@pytest.mark.parametrize("column", ["recorded_by_id", "confirmed_by_id"])
def test_R3_the_customers_own_people_are_refused(recorded: RevocationOrder, alice: Actor, column: str) -> None:
    insider = person("ivan", customer="aurora", group="certificate staff")
    for who in (alice, insider):
        with refused("four eyes"):
            execute(f"UPDATE {RECORDS} SET {column} = %s, confirmed_at = %s", who.user_id, NOW)


def test_C7_no_order_is_proven_by_hand_without_a_confirmed_record(recorded: RevocationOrder) -> None:
    proven = {"state": "proven", "proven_at": NOW, "proven_through": "hand", "receipt": {}, "revoked_at": NOW,
        "confirmed_at": NOW}  # fmt: skip
    with refused("a second person"):
        RevocationOrder.objects.filter(pk=recorded.pk).update(**proven)


def test_what_two_people_recorded_goes_through(confirmed: RevocationOrder) -> None:
    assert work(confirmed, NOW + 2 * HOUR).proven_through == "hand"
    with transaction.atomic():
        assert HandRecord.objects.get().confirmed_at == NOW + HOUR
