"""What every test run needs: flushing tables in spite of the append-only triggers, and the data of migrations back.

Tests that need real commits (threads, live server) end with a flush, which the event triggers rightly refuse.
"""

import os
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.core.management.commands import flush
from django.db import connections

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the tests

TRIGGERS = import_module("revocation.migrations.0002_append_only_and_four_eyes")
ROWS = import_module("revocation.migrations.0003_groups_and_brands")

DROP = {
    "sqlite": [
        "DROP TRIGGER IF EXISTS event_no_update",
        "DROP TRIGGER IF EXISTS event_no_delete",
        "DROP TRIGGER IF EXISTS request_four_eyes",
    ],
    "postgresql": [
        "DROP TRIGGER IF EXISTS event_append_only ON revocation_event",
        "DROP TRIGGER IF EXISTS event_no_truncate ON revocation_event",
        "DROP TRIGGER IF EXISTS request_four_eyes ON revocation_revocationrequest",
        "DROP FUNCTION IF EXISTS revocation_append_only",
        "DROP FUNCTION IF EXISTS revocation_four_eyes",
    ],
}


def execute(alias: str, statements: list[str]) -> None:
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture(autouse=True, scope="session")
def _flush_in_spite_of_triggers() -> Any:
    original = flush.Command.handle

    def handle(self: flush.Command, **options: Any) -> None:
        alias = options["database"]
        vendor = connections[alias].vendor
        execute(alias, DROP[vendor])
        try:
            original(self, **options)
        finally:
            execute(alias, TRIGGERS.STATEMENTS[vendor])
        ROWS.create(apps, None)

    patch = pytest.MonkeyPatch()
    patch.setattr(flush.Command, "handle", handle)
    yield
    patch.undo()
