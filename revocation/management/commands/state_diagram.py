"""`manage.py state_diagram`: make docs/states.md from the code. `--check` (part of `make check`) compares the two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import models
from django_fsm import FSMFieldMixin, Transition

from revocation.models import Certificate, RevocationOrder, RevocationRequest

PAGE = Path(settings.BASE_DIR) / "docs" / "states.md"
HEAD = """# States

Generated from the code by `manage.py state_diagram --write`; `make check` compares. *Who* names a predicate of
`revocation/models/request/permissions.py`; a transition without one is called by other transitions' services only.
"""
MACHINES: tuple[type[models.Model], ...] = (RevocationRequest, Certificate, RevocationOrder)


class Command(BaseCommand):
    help = "Print docs/states.md. --write writes the file, --check fails if the file is stale."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true")
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, write: bool, check: bool, **options: Any) -> None:
        page = "\n".join([HEAD, *(section(machine) for machine in MACHINES)])
        if write:
            PAGE.write_text(page)
        elif check:
            if not PAGE.exists() or PAGE.read_text() != page:
                raise CommandError("docs/states.md is stale. Run: manage.py state_diagram --write")
        else:
            self.stdout.write(page)


def state_field(machine: type[models.Model]) -> FSMFieldMixin:
    field: FSMFieldMixin = next(f for f in machine._meta.fields if isinstance(f, FSMFieldMixin))
    return field


def transitions(machine: type[models.Model]) -> list[Transition]:
    """Return all transitions of a model, in the order of its states."""
    field = state_field(machine)
    order = [value for value, _ in field.choices or []]
    found = list(field.get_all_transitions(machine))
    return sorted(found, key=lambda t: (order.index(t.source), order.index(t.target), t.name))


def section(machine: type[models.Model]) -> str:
    """Return the heading, the diagram and the table of one model."""
    rows = transitions(machine)
    picture = [f"    {t.source} --> {t.target}: {t.name}" for t in rows]
    return "\n".join(
        [
            f"## {machine.__name__}",
            "",
            "```mermaid",
            "stateDiagram-v2",
            f"    [*] --> {state_field(machine).get_default()}",
            *picture,
            "```",
            "",
            "| verb | from | to | who | when |",
            "| --- | --- | --- | --- | --- |",
            *table(rows),
            "",
        ]
    )


def table(rows: list[Transition]) -> Iterator[str]:
    for t in rows:
        who = getattr(t.permission, "__name__", "") if t.permission else ""
        when = ", ".join(condition.__name__ for condition in t.conditions)
        yield f"| {t.name} | {t.source} | {t.target} | {who} | {when} |"
