"""A worker has a bounded number of connections, and a thread that waits for somebody holds none of them (threat 27)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from certportal.accounts.models import Customer
from certportal.postgresql import lending
from revocation.pools import KeyedPool
from revocation.services.core import heartbeat
from revocation.worker import DUTIES
from tests.support.workers import start_command

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

OPEN = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
MOST = 3
THREADS = 12


@pytest.fixture(autouse=True)
def on_postgresql() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite's connections are files; `python -m tests.postgresql pytest` runs this")


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> Iterator[lending.Lender]:
    """Let threads share MOST connections. The test's own thread keeps the one that it has."""
    with connection.cursor():
        pass
    lender = lending.Lender(MOST)
    monkeypatch.setattr(lending, "_lender", lender)
    yield lender
    monkeypatch.undo()
    for resting in lender._resting:
        resting.connection.close()


def opened() -> int:
    """Return how many connections others than the test's own thread have."""
    with connection.cursor() as cursor:
        cursor.execute(OPEN)
        return int(cursor.fetchone()[0])


def in_threads(work: Callable[[int], Any]) -> list[Any]:
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(work, range(THREADS)))


def test_threads_that_wait_for_somebody_hold_no_connection(lent: lending.Lender) -> None:
    before = opened()
    everybody = threading.Barrier(THREADS + 1)

    def work(number: int) -> None:
        with transaction.atomic():
            Customer.objects.create(slug=f"c{number}", name="x")
        assert Customer.objects.filter(slug=f"c{number}").count() == 1
        everybody.wait(30)  # all have used a connection before any goes on
        everybody.wait(30)
        Customer.objects.filter(slug=f"c{number}").update(name="y")

    def watched() -> int:
        everybody.wait(30)
        during = opened()
        everybody.wait(30)
        return during

    with ThreadPoolExecutor(1) as beside:
        done = beside.submit(in_threads, work)
        assert watched() - before <= MOST
        done.result(30)
    assert Customer.objects.filter(name="y").count() == THREADS
    assert opened() - before <= MOST


def test_T27_authorities_that_hang_take_no_connection_from_others(lent: lending.Lender) -> None:
    """Many authorities with several calls each, all silent; the last one is not, and has its turn."""
    before, may_end, stop = opened(), threading.Event(), threading.Event()
    hanging, told = threading.Semaphore(0), threading.Event()

    def call(rows: Any) -> None:
        (row,) = rows
        Customer.objects.filter(pk=row).exists()
        if row == THREADS:
            told.set()
            return
        hanging.release()
        may_end.wait(30)
        Customer.objects.filter(pk=row).exists()

    pool = KeyedPool(per_key=4)
    try:
        pool.offer({f"authority {row}": [row] for row in range(THREADS)}, call, stop)
        assert all(hanging.acquire(timeout=30) for _ in range(THREADS))
        pool.offer({"another": [THREADS]}, call, stop)
        assert told.wait(30)
        assert opened() - before <= MOST
    finally:
        may_end.set()
        for thread in [one for one in threading.enumerate() if one.name.startswith("pool ")]:
            thread.join(30)


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def test_a_connection_is_kept_while_a_transaction_or_a_cursor_needs_it(lent: lending.Lender) -> None:
    for number in range(5):
        Customer.objects.create(slug=f"c{number}", name="x")

    def work(_: int) -> tuple[list[str], bool]:
        seen = []
        for customer in Customer.objects.order_by("slug").iterator(chunk_size=1):  # a cursor on the server
            seen.append(Customer.objects.get(pk=customer.pk).slug)
        with rolled_back():
            Customer.objects.update(name="y")
            with rolled_back():
                Customer.objects.update(name="z")
            assert set(Customer.objects.values_list("name", flat=True)) == {"y"}
        with pytest.raises(IntegrityError):
            Customer.objects.create(slug="c0", name="again")
        called = []
        with transaction.atomic():
            Customer.objects.select_for_update().get(slug="c0")
            transaction.on_commit(lambda: called.append(Customer.objects.count()))
        return seen, called == [5]

    assert in_threads(work) == [(["c0", "c1", "c2", "c3", "c4"], True)] * THREADS
    assert set(Customer.objects.values_list("name", flat=True)) == {"x"}


def test_a_connection_that_the_server_closed_is_replaced(lent: lending.Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    in_threads(lambda _: Customer.objects.count())
    with connection.cursor() as cursor:
        cursor.execute(OPEN.replace("count(*)", "pg_terminate_backend(pid)"))
    monkeypatch.setattr(lending, "CHECK_SECONDS", 0.0)  # as if they had rested for a while
    assert in_threads(lambda _: Customer.objects.count()) == [0] * THREADS


def test_who_finds_no_connection_free_fails_as_in_an_outage(
    lent: lending.Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lending, "WAIT_SECONDS", 0.05)
    taken = [lent.take() for _ in range(MOST)]
    with ThreadPoolExecutor(1) as thread, pytest.raises(OperationalError, match="WORKER_CONNECTIONS"):
        thread.submit(Customer.objects.count).result(30)
    for _ in taken:
        lent.give_up()
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(Customer.objects.count).result(30) == 0


def test_connections_that_rest_long_are_closed(lent: lending.Lender, monkeypatch: pytest.MonkeyPatch) -> None:
    before = opened()
    everybody = threading.Barrier(MOST)

    def work(_: int) -> None:
        with transaction.atomic():
            Customer.objects.count()
            everybody.wait(30)

    in_threads(work)
    assert opened() - before == MOST
    monkeypatch.setattr(lending, "REST_SECONDS", 0.0)
    with ThreadPoolExecutor(1) as thread:
        thread.submit(Customer.objects.count).result(30)
    assert len(lent._resting) == 1  # the one that was used last


@pytest.mark.process
def test_a_worker_has_no_more_connections_than_its_setting() -> None:
    before = opened()
    worker = start_command(WORKER_CONNECTIONS=str(MOST))
    try:
        most, until = 0, time.monotonic() + 60
        while heartbeat.youngest_age(at=timezone.now()) is None and time.monotonic() < until:
            time.sleep(0.05)
        for _ in range(20):
            most = max(most, opened() - before)
            time.sleep(0.05)
    finally:
        worker.terminate()
        assert worker.wait(30) == 0
    assert len(DUTIES) > MOST
    assert 0 < most <= MOST
