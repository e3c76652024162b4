"""M5, C4, C7: an order that nobody can check in public ends with a record by two people, and says so everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from reviews import queue
from revocation.models import Actor, Event, HandRecord, OrderState, Receipt, RevocationOrder
from revocation.services.authority import by_hand, dispatch, receipts
from revocation.services.authority.by_hand import OrderRefused, Stated, can_be_seen, state_seen
from revocation.services.core.transitions import ActorRefused
from tests.conftest import MakeCertificate, person
from tests.people import DAY, HOUR, NOW, SYSTEM, fresh
from tests.support.by_hand_stories import ordered, work

pytestmark = pytest.mark.django_db
STATED = Stated(NOW - timedelta(minutes=10), 4)


@pytest.fixture
def order(alice: Actor, rita: Actor, ron: Actor) -> RevocationOrder:
    return ordered(alice, rita)


DONE = ""


def answer(verb: Callable[..., None], *args: Any, **given: Any) -> str:
    """Return the sentence with which the order refuses the verb, or `DONE`."""
    try:
        verb(*args, **given)
    except OrderRefused as refused:
        return str(refused)
    return DONE


def record(order: RevocationOrder, by: Actor, **more: Any) -> str:
    given = {"by": by, "at": NOW + HOUR, "note": "Ticket 7", "stated": STATED} | more
    return answer(dispatch.record_by_hand, order.pk, **given)


def confirm(order: RevocationOrder, by: Actor, seen: str | None = None) -> str:
    return answer(by_hand.confirm, order.pk, by=by, at=NOW + 2 * HOUR, seen=seen or state_seen(fresh(order)))


def test_C4_it_waits_for_staff_and_is_counted_until_it_has_an_end(
    order: RevocationOrder, carl: Actor, ron: Actor
) -> None:
    assert order.state == OrderState.WAITING
    assert not can_be_seen(order)
    for at in (NOW + HOUR, NOW + 3 * DAY, NOW + 60 * DAY):
        order = work(order, at)
        assert order.state == OrderState.WAITING
        numbers = queue.Numbers.at(at)
        assert (numbers.stuck, numbers.late_orders) == (1, int(at >= NOW + DAY))
    record(order, carl)
    assert (queue.Numbers.at(NOW + 60 * DAY).stuck, fresh(order).state) == (0, OrderState.DUE)
    work(order, NOW + 61 * DAY)
    assert queue.Numbers.at(NOW + 61 * DAY).stuck == 1
    assert confirm(order, ron) == DONE
    work(order, NOW + 62 * DAY)
    numbers = queue.Numbers.at(NOW + 62 * DAY)
    assert (numbers.stuck, numbers.late_orders) == (0, 0)


def test_M5_two_people_end_it_and_pages_and_receipt_say_what_it_rests_on(
    order: RevocationOrder, carl: Actor, ron: Actor
) -> None:
    assert record(order, carl) == DONE
    order = work(order, NOW + HOUR)
    assert (order.state, order.certificate.state) == (OrderState.WAITING, "revoking")
    assert confirm(order, ron) == DONE
    order = work(order, NOW + 2 * HOUR)
    assert (order.state, order.proven_through, order.request.state) == ("proven", "hand", "revoked")
    assert (order.certificate.state, order.certificate.revoked_at) == ("revoked", STATED.revoked_at)
    receipts.make([order.pk], by=SYSTEM, at=NOW + DAY)
    told = json.loads(bytes(Receipt.objects.get().json))
    assert told["proven"]["through"] == "hand"
    assert "not public" in told["proven"]["in_words"]
    assert told["sightings"] == []
    answer = told["authority"]["answer"]["recorded_by_hand"]
    assert (answer["by"], answer["confirmed_by"], answer["note"]) == ("Carl", "Ron", "Ticket 7")


def test_C7_no_event_says_that_the_authority_told_the_portal(order: RevocationOrder, carl: Actor, ron: Actor) -> None:
    record(order, carl)
    confirm(order, ron)
    work(order, NOW + 3 * HOUR)
    kinds = set(Event.objects.filter(request_id=order.request_id).values_list("kind", flat=True))
    assert {"recorded_by_hand", "hand_record_confirmed", "certificate_revoked"} <= kinds
    assert not kinds & {"authority_confirmed", "seen"}


@pytest.mark.database
def test_R3_nobody_confirms_what_they_recorded_themselves(order: RevocationOrder, root: Actor) -> None:
    record(order, root)
    assert "You recorded this" in confirm(order, root)
    assert fresh(order).state != OrderState.CONFIRMED
    with pytest.raises(IntegrityError), transaction.atomic():
        HandRecord.objects.update(confirmed_by=root.user, confirmed_at=NOW)


@pytest.mark.parametrize("verb", [record, confirm])
def test_R3_nobody_of_the_customers_own_organisation_records_or_confirms(
    order: RevocationOrder, carl: Actor, verb: Callable[..., str]
) -> None:
    record(order, carl)
    insider = person("ivan", customer="aurora", group="certificate staff")
    with pytest.raises(ActorRefused):
        verb(order, insider)
    assert HandRecord.objects.get().recorded_by == carl.user
    assert Event.objects.get(kind="decision_refused").actor_id == insider.user_id


def test_strangers_and_auditors_may_do_neither(order: RevocationOrder, charlie: Actor) -> None:
    for who in (charlie, person("audrey", group="auditors")):
        for verb in (record, confirm):
            with pytest.raises(ActorRefused):
                verb(order, who)


def test_a_second_press_is_told_who_recorded_it_and_changes_nothing(
    order: RevocationOrder, carl: Actor, rita: Actor
) -> None:
    record(order, carl)
    for who in (carl, rita):
        assert "Carl recorded it already" in record(order, who)
    assert HandRecord.objects.get().recorded_by == carl.user
    assert Event.objects.filter(kind="recorded_by_hand").count() == 1


def test_who_has_read_an_unconfirmed_record_may_put_another_in_its_place(
    order: RevocationOrder, carl: Actor, rita: Actor, ron: Actor
) -> None:
    record(order, carl)
    old = state_seen(fresh(order))
    given: dict[str, Any] = {"by": rita, "at": NOW + 2 * HOUR, "note": "It was yesterday.", "seen": old}
    stated = Stated(NOW - DAY, 5)
    assert answer(dispatch.record_by_hand, order.pk, stated=stated, **given) == DONE
    assert "changed while you were reading" in confirm(order, ron, seen=old)
    assert "You recorded this" in confirm(order, rita)
    assert confirm(order, carl) == DONE
    assert fresh(order).revoked_at == NOW - DAY


@pytest.mark.parametrize("verb", ["record", "confirm", "retry"])
def test_a_finished_order_answers_what_happened_and_stores_nothing(
    order: RevocationOrder, carl: Actor, ron: Actor, rita: Actor, verb: str
) -> None:
    record(order, carl)
    confirm(order, ron)
    work(order, NOW + 3 * HOUR)
    before = Event.objects.count()
    said = {
        "record": lambda: record(order, rita),
        "confirm": lambda: confirm(order, rita),
        "retry": lambda: answer(dispatch.retry, order.pk, by=rita, at=NOW + DAY),
    }[verb]()
    assert "finished" in said
    assert "recorded by hand" in said
    assert Event.objects.count() == before


def test_a_confirmed_record_is_not_undone_by_trying_again(
    order: RevocationOrder, carl: Actor, ron: Actor, rita: Actor
) -> None:
    record(order, carl)
    confirm(order, ron)
    assert "Ron confirmed the record" in answer(dispatch.retry, order.pk, by=rita, at=NOW + 3 * HOUR)
    assert fresh(order).state == OrderState.CONFIRMED


def test_M5_where_something_can_be_seen_a_record_ends_nothing(
    alice: Actor, rita: Actor, carl: Actor, ron: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ordered(alice, rita, crl="http://crl.console.example/ca.crl")
    assert can_be_seen(order)
    assert record(order, carl) == DONE
    assert not HandRecord.objects.exists()
    assert "nothing to confirm" in confirm(order, ron)
    assert "Carl recorded it already" in record(order, rita, seen=state_seen(fresh(order)))
    assert work(order, NOW + 2 * DAY).certificate.state == "revoking"


@pytest.mark.parametrize("address", ["ldap://directory.console.example/cn=CA", "ftp://console.example/ca.crl"])
def test_M5_an_address_that_the_portal_never_looks_at_is_none(
    alice: Actor, rita: Actor, carl: Actor, ron: Actor, address: str
) -> None:
    order = ordered(alice, rita, crl=address)
    assert not can_be_seen(order)
    assert record(order, carl) == DONE
    assert confirm(order, ron) == DONE
    assert work(order, NOW + 3 * HOUR).certificate.state == "revoked"


def test_trying_again_twice_is_said_to_be_on_its_way(order: RevocationOrder, rita: Actor) -> None:
    assert answer(dispatch.retry, order.pk, by=rita, at=NOW + HOUR) == DONE
    assert "within a few seconds" in answer(dispatch.retry, order.pk, by=rita, at=NOW + HOUR)
    assert Event.objects.filter(kind="retry_asked").count() == 1
    dispatch.claim(order.pk, at=NOW + HOUR)
    assert "is contacting the CA" in answer(dispatch.retry, order.pk, by=rita, at=NOW + HOUR + timedelta(seconds=5))


def test_taking_over_a_case_that_nobody_is_on_is_no_taking_over(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor
) -> None:
    from revocation.services.review import assignment
    from tests.people import submitted

    case = submitted(make_certificate(), alice)
    assignment.reassign(case.pk, by=rita, at=NOW, why="x")
    assignment.reassign(case.pk, by=rita, at=NOW, why="x")
    assert fresh(case).taken_by == rita.user
    assert not Event.objects.filter(kind="taken_over").exists()
    assignment.reassign(case.pk, by=ron, at=NOW, why="She is ill.")
    assert Event.objects.filter(kind="taken_over").count() == 1
