"""What every test run needs: one migrated database, flushing of append-only tables, and the order of the tests.

Tests that need real commits (threads, live server) end with a flush, which the event triggers rightly refuse. So the
flush removes the triggers for a moment, and puts the data of the migrations back.
"""

import os
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management.commands import flush
from django.db import connections
from xdist.scheduler import LoadFileScheduling

from revocation import triggers
from tests import template_database

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in the thread of the tests

HEAVY = ("browser", "process")
"""Markers of tests that take long, in the order in which they are begun."""

FIRST = import_module("revocation.migrations.0001_squashed_0031_finding_reuse_and_by_hand")
NAMES = import_module("revocation.migrations.0032_names_of_the_field")
RENAMED = {old.lower(): new.lower() for old, new in NAMES.RENAMED}


def _today(right: str) -> str:
    """Return today's name of a permission that a migration names."""
    action, _, model = right.partition("_")
    return f"{action}_{RENAMED.get(model, model)}" if action in NAMES.ACTIONS else right


@pytest.fixture(autouse=True, scope="session")
def _flush_in_spite_of_triggers() -> Any:
    original = flush.Command.handle

    def handle(self: flush.Command, **options: Any) -> None:
        alias = options["database"]
        triggers.remove(alias)
        try:
            original(self, **options)
        finally:
            triggers.ensure(using=alias)
        with pytest.MonkeyPatch.context() as today:
            today.setattr(FIRST, "GROUPS", {group: list(map(_today, rights)) for group, rights in FIRST.GROUPS.items()})
            FIRST.rows(apps, None)

    patch = pytest.MonkeyPatch()
    patch.setattr(flush.Command, "handle", handle)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """Begin each test process with a copy of one migrated database (tests/template_database.py)."""
    database = connections["default"].settings_dict
    if connections["default"].vendor == "postgresql":
        database["TEST"]["TEMPLATE"] = template_database.template_for_postgresql()
        yield
        return
    name = database["TEST"]["NAME"]
    template_database.copy_for_sqlite(name)
    yield
    for suffix in ("", "-wal", "-shm"):
        Path(name + suffix).unlink(missing_ok=True)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """Use the SQLite copy as it is. It is removed at the end all the same."""
    return django_db_keepdb or connections["default"].vendor == "sqlite"


STACK = "tests/journeys/stack/"
"""Journeys that share one running portal. They mostly wait, so one process has them all, beside others that work."""


class TogetherInOneProcess(LoadFileScheduling):  # type: ignore[misc] # xdist has no types
    """A scheduler that keeps the tests of a file, and all of `STACK`, in one process: they share what is made once."""

    def _split_scope(self, nodeid: str) -> str:
        return STACK if nodeid.startswith(STACK) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TogetherInOneProcess | None:
    return TogetherInOneProcess(config, log) if config.getvalue("dist") == "loadfile" else None


@pytest.hookimpl(trylast=True)  # pytest puts tests together that share a fixture
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest tests first, so that all processes end together."""
    size = Counter(item.path for item in items)

    def order(item: pytest.Item) -> tuple[bool | int, ...]:
        alone = not item.nodeid.startswith(STACK)
        return (alone, *(item.get_closest_marker(name) is None for name in HEAVY), -size[item.path])

    items.sort(key=order)
