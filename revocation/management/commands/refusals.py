"""`manage.py refusals`: make docs/refusals.md from the code. `--check` (part of `make check`) compares the two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from itertools import chain, groupby
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

import revocation
from certportal import limits
from revocation.messages import CATALOGUE, Entry

PAGE = Path(settings.BASE_DIR) / "docs" / "refusals.md"
HEAD = """# Refusals

Every refusal and failure that a person or a machine can meet, by its code. Generated from the code by
`manage.py refusals --write`; `make check` compares. A code stays the same in every release and every language; the
sentence is for people, in their language, and may change.

A request whose `Accept` prefers `application/problem+json` or `application/json` gets problem details (RFC 9457) with
the members `code` and `params`. A parameter may be a message again, as `{"code": …, "params": …}`, or a list of them.
*Status* is that of the HTTP answer; the customers' pages answer `actor.not_allowed` and `actor.takes_part` as
`actor.not_found` (L3). A code without a status stands inside another message, in a record, or in a row.
"""
ELSEWHERE = ("migrations", "management")
"""Packages that have no table of messages."""


class Command(BaseCommand):
    help = "Prints docs/refusals.md; --write writes it, --check fails when it is stale."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true")
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, write: bool, check: bool, **options: Any) -> None:
        page = "\n".join([HEAD, *sections()])
        if write:
            PAGE.write_text(page)
        elif check:
            if not PAGE.exists() or PAGE.read_text() != page:
                raise CommandError("docs/refusals.md is stale. Run: manage.py refusals --write")
        else:
            self.stdout.write(page)


def catalogue() -> list[Entry]:
    """Import all modules that may have a table; return all entries in the order of their codes."""
    packages = {"revocation.": revocation, "certportal.limits.": limits}
    for module in chain.from_iterable(walk_packages(package.__path__, name) for name, package in packages.items()):
        if not set(module.name.split(".")) & set(ELSEWHERE):
            import_module(module.name)
    return [CATALOGUE[code] for code in sorted(CATALOGUE)]


def sections() -> Iterator[str]:
    """Yield a heading and a table for each subject."""
    for subject, entries in groupby(catalogue(), key=lambda entry: entry.code.partition(".")[0]):
        rows = "\n".join(map(row, entries))
        heading = "| code | sentence | parameters | status |\n| --- | --- | --- | --- |"
        yield f"## {subject}\n\n{heading}\n{rows}\n"


def parameters(entry: Entry) -> list[str]:
    """Return the names of the parameters in the sentence, each once, in their order."""
    return list(dict.fromkeys(re.findall(r"%\((\w+)\)s", entry.english)))


def row(entry: Entry) -> str:
    sentence = entry.english.replace("|", "\\|").replace("%%", "%")
    return f"| {entry.code} | {sentence} | {', '.join(parameters(entry))} | {entry.status or ''} |"
