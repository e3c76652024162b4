"""Many rows in few statements are the rows that the models would write."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from certportal.database import many
from certportal.database.many import append_rows, insert_rows, insert_unique, present
from revocation.models import Event

pytestmark = [pytest.mark.database, pytest.mark.django_db]

COLUMNS = ("at", "kind", "actor_kind", "actor_label", "source", "person_id", "fingerprint", "before", "after", "data")
AT = datetime(2026, 6, 15, 12, 0, 0, 5, tzinfo=timezone(timedelta(hours=8)))


def row(data: Any, fingerprint: str = "", at: datetime = AT) -> tuple[Any, ...]:
    return (at, "noted", "system", "certportal", "tests", None, fingerprint, "", "", data)


def test_values_that_are_equal_in_python_stay_apart_in_json() -> None:
    told: list[Any] = [{"a": 1}, {"a": True}, {"a": 1.0}, {"a": "1"}, {"a": None}, {}, [1], {"a": 1}]
    keys = insert_rows(Event, ("why", *COLUMNS), [("", *row(data)) for data in told])
    rows = Event.objects.in_bulk(keys)
    assert [repr(rows[key].data) for key in keys] == [repr(data) for data in told]
    assert {each.at for each in rows.values()} == {AT}


def test_keys_come_in_the_order_of_the_rows_over_several_statements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(many, "INSERTED_TOGETHER", 3)
    with CaptureQueriesContext(connection) as queries:
        keys = insert_rows(Event, ("why", *COLUMNS), [("", *row({}, f"F{n}", AT + n * timedelta(1))) for n in range(7)])
    assert len(queries) == 3
    found = Event.objects.in_bulk(keys)
    assert [(found[key].fingerprint, found[key].at) for key in keys] == [
        (f"F{n}", AT + n * timedelta(1)) for n in range(7)
    ]
    again = insert_unique(Event, ("why", *COLUMNS), [("", *row({}, f"G{n}")) for n in range(7)], by="fingerprint")
    found = Event.objects.in_bulk(again.values())
    assert {value: found[key].fingerprint for value, key in again.items()} == {f"G{n}": f"G{n}" for n in range(7)}
    assert present(Event, "fingerprint", {"F3", "F6", "F9"}) == {"F3", "F6"}
    assert present(Event, "fingerprint", []) == set()


def test_rows_without_keys_and_text_that_no_database_holds() -> None:
    append_rows(Event, ("why", *COLUMNS), [("a\0b", *row({}))])
    append_rows(Event, ("why", *COLUMNS), [])
    assert Event.objects.get().why == "a\ufffdb"
