"""Count how often something is done, exactly, across threads, processes and machines (U4).

A place is taken by one conditional statement before the act, so that parallel attempts cannot pass a limit together.
A full counter is only read: a flood of refused attempts writes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import F, Q

from certportal.limits.models import Counter

GRACE = 3600
"""Seconds that an ended counter is kept, so that a worker whose clock is fast erases none that still counts."""
SWEPT_AT_ONCE = 1000

TAKE = """
INSERT INTO limits_counter (key, taken, most, ends) VALUES {rows}
ON CONFLICT (key) DO UPDATE SET
    taken = CASE WHEN limits_counter.ends <= %s THEN 1 ELSE limits_counter.taken + 1 END,
    ends = CASE WHEN limits_counter.ends <= %s THEN excluded.ends ELSE limits_counter.ends END,
    most = excluded.most
WHERE limits_counter.ends <= %s OR limits_counter.taken < excluded.most
RETURNING key, taken, most, ends
"""


class Rate(NamedTuple):
    """At most so many times in so many seconds."""

    most: int
    seconds: int


@dataclass(frozen=True)
class Taken:
    """Places that were taken: the end of the window of each key. `last`: the names that are full now."""

    ends: Mapping[str, int]
    last: Sequence[str]


@dataclass(frozen=True)
class Full:
    """Nothing was counted. `names`: which of the limits were full. `seconds`: until all of them have room again."""

    names: Sequence[str]
    seconds: int


def take(rates: Mapping[str, Rate], at: datetime) -> Taken | Full:
    """Take a place in the window of every name, or in none when one of them is full."""
    now, keys = int(at.timestamp()), {_key(name): name for name in rates}
    if not keys:
        return Taken({}, [])
    if full := _full(keys, rates, now):
        return full
    taken = _take(keys, rates, now)
    if len(taken.ends) == len(keys):
        return taken
    give_back(taken)  # another attempt took the last place in between
    lost = [name for key, name in keys.items() if key not in taken.ends]
    return _full(keys, rates, now) or Full(lost, 1)


def give_back(taken: Taken) -> None:
    """Undo `take`, where the window that was counted in has not ended. Rows are locked in the order of `take`."""
    places = Q(pk__in=[])
    for key, ends in taken.ends.items():
        places |= Q(pk=key, ends=ends)
    with transaction.atomic():
        held = (
            Counter.objects.select_for_update().filter(places, taken__gt=0).order_by("pk").values_list("pk", flat=True)
        )
        Counter.objects.filter(pk__in=list(held)).update(taken=F("taken") - 1)


def remember(name: str, seconds: int, at: datetime) -> None:
    """Remember a name for this many seconds."""
    ends = int(at.timestamp()) + seconds
    Counter.objects.update_or_create(pk=_key(name), defaults={"taken": 1, "most": 1, "ends": ends})


def is_remembered(name: str, at: datetime) -> bool:
    return Counter.objects.filter(pk=_key(name), ends__gt=int(at.timestamp())).exists()


def sweep(at: datetime) -> int:
    """Delete counters that ended some time ago, a batch of them at most. Returns how many."""
    ended = int(at.timestamp()) - GRACE
    with transaction.atomic():
        free = Counter.objects.select_for_update(skip_locked=True)  # passes over counters that are being taken anew
        keys = free.filter(ends__lt=ended).order_by("ends").values_list("pk", flat=True)[:SWEPT_AT_ONCE]
        return Counter.objects.filter(pk__in=list(keys)).delete()[0]


def _key(name: str) -> str:
    """Return a name's digest. Names hold addresses of people and machines, of any length: the table needs neither."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()


def _full(keys: Mapping[str, str], rates: Mapping[str, Rate], now: int) -> Full | None:
    rows = Counter.objects.filter(pk__in=list(keys), ends__gt=now).values_list("pk", "taken", "ends")
    full = {keys[key]: ends for key, taken, ends in rows if taken >= rates[keys[key]].most}
    return Full(list(full), max(full.values()) - now) if full else None


def _take(keys: Mapping[str, str], rates: Mapping[str, Rate], now: int) -> Taken:
    rows: list[str | int] = []
    for key, name in sorted(keys.items()):  # always in one order: two attempts cannot wait for each other
        rows += [key, 1, rates[name].most, now + rates[name].seconds]
    statement = TAKE.format(rows=", ".join(["(%s, %s, %s, %s)"] * len(keys)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [*rows, now, now, now])
        found = cursor.fetchall()
    last = [keys[key] for key, taken, most, _ in found if taken >= most]
    return Taken({key: ends for key, _, _, ends in found}, last)
