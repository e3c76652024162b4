"""A customer's slow server holds up no other's messages; each webhook gets its messages in order, at least once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from revocation import worker
from revocation.models import Actor, Delivery, Webhook
from revocation.pools import KeyedPool
from revocation.services.notifications import webhook_delivery, webhooks
from tests.people import SYSTEM
from tests.services.worker.test_pools import until
from tests.support.receiving import Receiver, receiving
from tests.support.workers import start_command, worker_once

SEND = next(duty for duty in worker.DUTIES if duty.name == "deliver webhook messages")
pytestmark = [pytest.mark.process, pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _loopback(settings: Any) -> None:
    settings.OUTBOUND_TEST_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def slow() -> Iterator[Receiver]:
    with receiving(hangs=True) as server:
        yield server


@pytest.fixture
def quick() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


def hook_of(by: Actor, server: Receiver) -> Webhook:
    assert by.user
    return webhooks.add(by.user.memberships.get().customer_id, server.url, by=by, at=timezone.now())


def send(hook: Webhook, by: Actor, number: int) -> list[str]:
    """Queue so many test messages; return their ids in order."""
    return [str(webhooks.test(hook.pk, by=by, at=timezone.now()).message_id) for _ in range(number)]


def test_threat_27_a_server_that_hangs_holds_up_no_other_customer(
    alice: Actor, charlie: Actor, slow: Receiver, quick: Receiver
) -> None:
    stop = threading.Event()
    hangs = hook_of(alice, slow)
    waiting = send(hangs, alice, 3)
    wanted = send(hook_of(charlie, quick), charlie, 3)
    try:
        worker.run_once(SEND, stop=stop)
        assert until(lambda: quick.ids == wanted)
        assert until(lambda: slow.ids == waiting[:1])  # it hangs at the first: nothing overtakes within one webhook
        assert not Delivery.objects.filter(webhook=hangs, delivered_at__isnull=False).exists()
    finally:
        slow.let_go.set()
    assert until(lambda: slow.ids == waiting)
    stop.set()
    assert until(lambda: not [t for t in threading.enumerate() if t.name.startswith("pool ")])


def test_a_turn_is_short_and_ends_at_the_first_failure(alice: Actor, quick: Receiver) -> None:
    hook = hook_of(alice, quick)
    wanted, at = send(hook, alice, webhook_delivery.TURN + 2), timezone.now()
    quick.status = 500
    webhook_delivery.take_turn(hook.pk, by=SYSTEM, at=at)
    assert quick.ids == wanted[:1]
    quick.status = 200
    for _ in range(2):
        webhook_delivery.take_turn(hook.pk, by=SYSTEM, at=at)
    assert quick.ids == wanted
    webhook_delivery.take_turn(hook.pk, by=SYSTEM, at=at + webhook_delivery.PAUSES.step(1))
    assert quick.ids == [*wanted, wanted[0]]


def test_who_answers_has_a_pool_before_who_fails(alice: Actor, charlie: Actor, quick: Receiver) -> None:
    fails, answers = hook_of(alice, quick), hook_of(charlie, quick)
    send(fails, alice, 1)
    send(answers, charlie, 1)
    at = timezone.now()
    assert list(webhook_delivery.due_by_customer(at=at).values()) == [[fails.pk], [answers.pk]]
    Webhook.objects.filter(pk=fails.pk).update(failing_since=at)
    assert list(webhook_delivery.due_by_customer(at=at).values()) == [[answers.pk], [fails.pk]]
    Webhook.objects.filter(pk=answers.pk).update(disabled_at=at)
    assert list(webhook_delivery.due_by_customer(at=at).values()) == [[fails.pk]]


def test_no_more_pools_than_allowed_and_one_that_is_no_longer_first_makes_room() -> None:
    begun, let_go, stop = list[int](), threading.Event(), threading.Event()

    def do(rows: Sequence[int]) -> None:
        begun.extend(rows)
        let_go.wait(20)

    pool = KeyedPool(per_key=1, max_keys=2)
    try:
        for _ in range(3):
            pool.offer({"a": [1, 2], "b": [3], "c": [4]}, do, stop)
        assert until(lambda: sorted(begun) == [1, 3])
        pool.offer({"c": [4], "b": []}, do, stop)
        assert sorted(begun) == [1, 3]
    finally:
        let_go.set()
    assert until(lambda: not [t for t in threading.enumerate() if t.name.startswith("pool ")])
    pool.offer({"c": [4], "b": []}, do, stop)
    assert until(lambda: sorted(begun) == [1, 3, 4])  # row 2 was withdrawn from its pool


def test_a_worker_killed_while_it_sends_leaves_the_message_to_the_next(alice: Actor, slow: Receiver) -> None:
    """At least once, with the same `id`, so that the receiver can drop a repetition."""
    wanted = send(hook_of(alice, slow), alice, 1)
    killed = start_command(OUTBOUND_TEST_NETWORKS='["127.0.0.0/8"]')
    assert until(lambda: slow.ids == wanted, 60)
    killed.kill()
    assert killed.wait(30) == -signal.SIGKILL
    slow.hangs = False
    slow.let_go.set()
    assert Delivery.objects.filter(delivered_at__isnull=True, next_attempt_at__gt=timezone.now()).count() == 1
    Delivery.objects.update(next_attempt_at=timezone.now() - timedelta(hours=1))
    assert worker_once(OUTBOUND_TEST_NETWORKS='["127.0.0.0/8"]') == 0
    assert slow.ids == wanted * 2
    assert Delivery.objects.filter(delivered_at__isnull=False, attempts=2).count() == 1
