"""Children that run a program of the test instead of reading a letter, in both ways of having a child."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import pytest

from revocation.letters import sandbox
from revocation.letters.limits import Limits
from revocation.letters.sandbox import forked, interpreter
from revocation.letters.sandbox.forked import ForkServerGone, ForkServers

INTERPRETER = """
import sys
sys.path.append(sys.argv[1])
from revocation.letters.limits import Limits
limits = Limits.from_words(sys.argv[3:])
"""
FORK_SERVER = """
import sys
sys.path.append(sys.argv[1])
from revocation.letters.reading import child, fork_server
child.READERS.clear()  # so there is nothing to load for other kinds
child.reader_of = lambda kind: None
def work(kind, limits):
    exec({program!r}, {{"sys": sys, "limits": limits}})
    sys.stdout.flush()
{before}
fork_server.main(work)
"""


def replaced(monkeypatch: pytest.MonkeyPatch, program: str, before: str = "") -> None:
    """Make a child run `program`, which finds `sys` and `limits`. `before`: what the fork server does first."""
    monkeypatch.setattr(interpreter, "START", INTERPRETER + program)
    monkeypatch.setattr(forked, "START", FORK_SERVER.format(program=program, before=before))


@contextmanager
def own_forks(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForkServers]:
    """Fork from a server that starts for this test alone."""
    global _others
    _others = _children_of(os.getpid())
    forks = ForkServers()
    monkeypatch.setattr(sandbox, "FORKS", forks)
    yield forks
    forks.close()


def no_forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start an interpreter for each letter."""

    def refuse(self: ForkServers, kind: str, limits: Limits) -> NoReturn:
        raise ForkServerGone

    monkeypatch.setattr(ForkServers, "child", refuse)


def _children_of(process: int) -> set[int]:
    found: set[int] = set()
    with suppress(OSError):  # it ended meanwhile
        for task in Path(f"/proc/{process}/task").iterdir():
            found |= set(map(int, (task / "children").read_text().split()))
    return found


def servers() -> set[int]:
    """Return the ids of the fork servers that this process has started with a program of a test."""
    return {server for server in _all_servers() if b"main(work)" in _command(server)}


def _all_servers() -> set[int]:
    return {child for child in _children_of(os.getpid()) if b"fork_server" in _command(child)}


_others: set[int] = set()
"""The children that this process had before: earlier tests may have left a browser."""


def children() -> set[int]:
    """Return the ids of the other children that this process has since, and of the children of its fork servers."""
    running = _all_servers()
    return (_children_of(os.getpid()) - running - _others).union(*map(_children_of, running - _others))


def _command(process: int) -> bytes:
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes()
    return b""
