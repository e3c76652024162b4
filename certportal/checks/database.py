"""System checks of the database itself: its migrations, and the guards that protect the record (L5, L6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import django
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, connections

from certportal.database import outages, schema
from revocation import triggers

DEFAULT = "default"
ALL_ARE_GIVEN = django.VERSION >= (6, 1)
"""Whether checks get the names of all databases when the command line names none. Django before 6.1 gives them None."""


@register(Tags.database)
def guards(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """certportal.E201, E203, W201, with `--database default`: it answers, and its guards are as they should be.

    Silent while migrations are lacking: `migrate` runs this check before it installs the guards.
    """
    return _asked(_guards) if DEFAULT in (databases or ()) else []


@register(Tags.database, deploy=True)
def migrations(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """certportal.E202, with `--deploy --database default`: the database is not older than the code."""
    return _asked(_migrations) if DEFAULT in (databases or ()) else []


@register(Tags.security, deploy=True)
def guards_if_reachable(app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """certportal.E201, W201, with `--deploy` alone: the same wherever the database can be asked.

    One that cannot be asked is no fault of the settings, and the start finds out. Where databases are named, `guards`
    looks. An empty list names none (`manage.py begin`).
    """
    named = databases is not None and not ALL_ARE_GIVEN
    if databases == [] or named or not _may_exist():
        return []
    try:
        return list(_guards())
    except DatabaseError:
        return []


def _may_exist() -> bool:
    """Return whether the database can be asked: SQLite would create a missing one."""
    default = connections[DEFAULT]
    return default.vendor != "sqlite" or Path(str(default.settings_dict["NAME"])).exists()


def _asked(look: Callable[[], Iterator[CheckMessage]]) -> list[CheckMessage]:
    """Return what was found or, as certportal.E203, that the database cannot be asked."""
    try:
        return list(look())
    except DatabaseError as error:
        if not outages.is_outage(error):
            raise
        hint = "Is DATABASE_URL right, and does the server run? Try again when it answers."
        said = f"The database does not answer: {outages.sentence(error)}"
        return [Error(said, hint=hint, id="certportal.E203")]


def _migrations() -> Iterator[CheckMessage]:
    if old := schema.why_not_ready():
        yield Error(old, hint="Run `make migrate` before the start.", id="certportal.E202")


def _guards() -> Iterator[CheckMessage]:
    if schema.lacking():
        return
    if names := triggers.missing(DEFAULT):
        said = f"Guards of the database are absent, switched off or changed: {', '.join(names)}."
        yield Error(said, hint=triggers.HINT, id="certportal.E201")
    if strays := triggers.strays(DEFAULT):
        said = f"Triggers that the portal does not know are on its tables: {', '.join(strays)}."
        hint = "A trigger can change or swallow rows. Drop it if it is not yours."
        yield checks.Warning(said, hint=hint, id="certportal.W201")
