"""One bad authority never holds up another (threat 27)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from django.utils import timezone

from revocation import worker
from revocation.authorities import registry
from revocation.models import Actor, Certificate, RevocationOrder
from revocation.pools import KeyedPool, Pool
from revocation.services.authority import bulk_dispatch
from revocation.services.review import decisions
from tests.conftest import NOW, MakeCertificate, person
from tests.people import LOOKED_AT, submitted
from tests.support.scripted import CONFIRMED, Scripted

pytestmark = [pytest.mark.slow, pytest.mark.database]

TELL = next(duty for duty in worker.DUTIES if duty.name == "dispatch orders")


def until(holds: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.02)
    return holds()


@pytest.mark.django_db(transaction=True)
def test_M5_an_authority_that_hangs_holds_up_no_other(
    make_certificate: MakeCertificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    rita, let_go, stop = person("rita", group="reviewers"), threading.Event(), threading.Event()
    certificates = [make_certificate(f"host{n}.aurora.example", left=timedelta(days=900)) for n in range(8)]
    for certificate in certificates:
        decisions.approve(submitted(certificate, alice).pk, by=rita, at=NOW, checked=LOOKED_AT)
    Certificate.objects.filter(pk__in=[c.pk for c in certificates[:6]]).update(authority="hangs")
    slow = Scripted([CONFIRMED], before_answer=lambda: let_go.wait(30) and None)
    quick = Scripted([CONFIRMED])
    monkeypatch.setattr(registry, "authority", {"hangs": slow, "local": quick}.__getitem__)
    try:
        for _ in range(3):  # three looks of the duty, none of which waits
            worker.run_once(TELL, stop=stop)
        others = RevocationOrder.objects.filter(certificate__authority="local")
        assert until(lambda: set(others.values_list("state", flat=True)) == {"confirmed"})
        assert until(lambda: len(slow.asked) == worker.PER_AUTHORITY)
        assert not RevocationOrder.objects.filter(certificate__authority="hangs", state="confirmed").exists()
    finally:
        let_go.set()
    worker.run_once(TELL, stop=stop)
    assert until(lambda: set(RevocationOrder.objects.values_list("state", flat=True)) == {"confirmed"})
    assert len(slow.asked) == 6
    stop.set()
    assert until(lambda: not [t for t in threading.enumerate() if t.name.startswith("pool ")])


@pytest.mark.django_db
def test_M5_many_that_wait_for_one_authority_hide_no_other(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    for number in range(4):
        decisions.approve(
            submitted(make_certificate(f"host{number}.aurora.example"), alice).pk, by=rita, at=NOW, checked=LOOKED_AT
        )
    newest = RevocationOrder.objects.latest("pk")
    Certificate.objects.exclude(pk=newest.certificate_id).update(authority="down")
    due = bulk_dispatch.due_by_authority(at=timezone.now(), limit=2)
    assert due["local"] == [newest.pk]
    assert len(due["down"]) == 2


@pytest.mark.django_db(transaction=True)
def test_a_pool_goes_on_after_an_error_and_takes_no_row_twice() -> None:
    done: list[int] = []
    stop = threading.Event()

    def do(rows: Sequence[int]) -> None:
        (row,) = rows
        done.append(row)
        time.sleep(0.05)
        if row == 2:
            raise ValueError("broken")

    pool = Pool("test", do, stop, threads=2)
    for _ in range(4):
        pool.offer([1, 2, 3] if not done else [row for row in (1, 2, 3) if row not in done])
    assert until(lambda: sorted(done) == [1, 2, 3])
    stop.set()
    assert pool.offer([4]) in (0, 1)
    time.sleep(0.1)
    assert sorted(done) == [1, 2, 3]


def test_threat_31_a_pool_that_asked_for_more_once_does_not_ask_for_ever() -> None:
    """While the database is down nothing is offered: the duty rests as long as it is told to."""
    pool, stop = KeyedPool(per_key=1), threading.Event()
    pool.offer({"a": list(range(200))}, lambda rows: None, stop)
    assert until(lambda: pool._wants_more.is_set())
    pool.rest(stop, 5)  # it wants more at once
    began = time.monotonic()
    pool.rest(stop, 0.3)
    assert time.monotonic() - began >= 0.3
