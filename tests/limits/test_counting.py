"""U4: counters are exact in parallel, last until their window ends, and nothing else erases them."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection

from certportal.limits import counting
from certportal.limits.counting import Full, Rate, Taken
from certportal.limits.models import Counter
from revocation import worker

pytestmark = pytest.mark.database

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
FIVE = Rate(5, 300)


def later(seconds: int) -> datetime:
    return NOW + timedelta(seconds=seconds)


def all_at_once(times: int, act: Callable[[], object]) -> list[object]:
    """Call `act` in this many threads that begin together. Returns the results."""
    results: list[object] = []
    gate = threading.Barrier(times)

    def run() -> None:
        try:
            gate.wait(30)
            results.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@pytest.mark.django_db
def test_U4_a_full_counter_refuses_until_its_window_ends() -> None:
    assert all(isinstance(counting.take({"a": FIVE}, NOW), Taken) for _ in range(5))
    assert counting.take({"a": FIVE}, later(299)) == Full(["a"], 1)
    assert isinstance(counting.take({"a": FIVE}, later(300)), Taken)
    assert isinstance(counting.take({"b": FIVE}, NOW), Taken)


@pytest.mark.django_db
def test_U4_one_full_counter_takes_no_place_in_the_others() -> None:
    assert isinstance(counting.take({"one": Rate(1, 60)}, NOW), Taken)
    for _ in range(7):
        assert counting.take({"one": Rate(1, 60), "other": FIVE}, NOW) == Full(["one"], 60)
    assert all(isinstance(counting.take({"other": FIVE}, NOW), Taken) for _ in range(5))


@pytest.mark.django_db
def test_U4_nothing_to_count_is_no_refusal() -> None:
    assert counting.take({}, NOW) == Taken({}, [])


@pytest.mark.django_db
def test_U4_what_was_right_is_given_back_in_its_own_window_only() -> None:
    old = counting.take({"a": Rate(1, 60)}, NOW)
    assert isinstance(old, Taken)
    counting.give_back(old)
    assert isinstance(counting.take({"a": Rate(1, 60)}, later(5)), Taken)
    assert isinstance(counting.take({"a": Rate(1, 60)}, later(70)), Taken)  # the next window
    counting.give_back(old)
    assert isinstance(counting.take({"a": Rate(1, 60)}, later(70)), Full)


@pytest.mark.django_db(transaction=True)
def test_U4_fifty_attempts_in_parallel_pass_no_more_than_the_limit() -> None:
    results = all_at_once(50, lambda: counting.take({"pair": FIVE, "place": Rate(20, 60)}, NOW))
    assert len(results) == 50
    assert sum(isinstance(result, Taken) for result in results) == 5
    assert Counter.objects.get(most=5).taken == 5
    assert Counter.objects.get(most=20).taken == 5


@pytest.mark.django_db
def test_U4_no_flood_of_other_entries_erases_a_counter() -> None:
    for _ in range(5):
        counting.take({"owner": FIVE}, NOW)
    for number in range(400):
        cache.set(f"flood-{number}", 1, 60)
        counting.take({f"flood {number}": FIVE}, NOW)
    assert isinstance(counting.take({"owner": FIVE}, NOW), Full)


@pytest.mark.django_db
def test_U4_the_cache_deletes_nothing_that_is_still_good() -> None:
    cache.set("~first-by-key", "kept", 600)
    cache.set("!last-by-key", "kept", 600)
    for number in range(700):
        cache.set(f"flood-{number}", 1, 600)
    assert [cache.get("~first-by-key"), cache.get("!last-by-key")] == ["kept", "kept"]


@pytest.mark.django_db
def test_U4_the_cache_deletes_what_has_expired() -> None:
    for number in range(310):
        cache.set(f"old-{number}", 1, -1)
    cache.set("new", 1, 600)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM cache_entries")
        assert cursor.fetchone()[0] <= 10


@pytest.mark.django_db
def test_U4_the_worker_sweeps_ended_counters_in_batches_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "SWEPT_AT_ONCE", 3)
    for number in range(5):
        counting.take({f"ended {number}": FIVE}, NOW)
    counting.take({"counts": Rate(5, 2 * 24 * 3600)}, NOW)
    (duty,) = [duty for duty in worker.DUTIES if duty.name == "delete ended limits"]
    assert [worker.run_once(duty, now=lambda: later(24 * 3600)) for _ in range(3)] == [3, 2, 0]
    assert Counter.objects.count() == 1


@pytest.mark.django_db
def test_U4_a_refused_attempt_writes_nothing(django_assert_num_queries: Any) -> None:
    counting.take({"a": Rate(1, 60)}, NOW)
    before = list(Counter.objects.values())
    with django_assert_num_queries(1):
        counting.take({"a": Rate(1, 60)}, NOW)
    assert list(Counter.objects.values()) == before


ODD_NAMES = {
    "long": "x" * 100_000,
    "NUL": "nul\0",
    "Chinese": "吊销",
    "half a pair": "\ud800",
    "SQL": "'; DROP TABLE limits_counter; --",
    "empty": "",
}


@pytest.mark.django_db
@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES.keys())
def test_U4_any_text_may_name_a_counter(name: str) -> None:
    assert isinstance(counting.take({name: Rate(1, 60)}, NOW), Taken)
    assert isinstance(counting.take({name: Rate(1, 60)}, NOW), Full)
    assert len(Counter.objects.get().pk) == 64


@pytest.mark.django_db(transaction=True)
def test_U4_right_guesses_at_once_wait_for_each_other_in_one_order() -> None:
    """Each takes some of the same counters and gives them back. On PostgreSQL rows are locked one after another."""
    names = [f"counter {number}" for number in range(12)]

    def right_guesses() -> str:
        for _ in range(60):
            taken = counting.take({name: Rate(10**6, 60) for name in random.sample(names, 8)}, NOW)
            assert isinstance(taken, Taken)
            counting.give_back(taken)
        return "done"

    assert all_at_once(8, right_guesses) == ["done"] * 8
    assert set(Counter.objects.values_list("taken", flat=True)) == {0}
