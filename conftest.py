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

from revocation import triggers

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the tests

ROWS = [
    import_module(f"revocation.migrations.{name}") for name in ("0003_groups_and_brands", "0014_auditors_and_queue")
]


@pytest.fixture(autouse=True, scope="session")
def _flush_in_spite_of_triggers() -> Any:
    original = flush.Command.handle

    def handle(self: flush.Command, **options: Any) -> None:
        alias = options["database"]
        triggers.execute(alias, triggers.DROP[connections[alias].vendor])
        try:
            original(self, **options)
        finally:
            triggers.ensure(using=alias)
        for rows in ROWS:
            rows.create(apps, None)

    patch = pytest.MonkeyPatch()
    patch.setattr(flush.Command, "handle", handle)
    yield
    patch.undo()
