"""Connections to PostgreSQL that are used again: closed ones are made anew, good ones are not asked each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db.utils import ConnectionHandler

from certportal.postgresql import base
from tests.postgresql import INSTALL, Server, binaries, running

pytestmark = [pytest.mark.process, pytest.mark.postgresql, pytest.mark.django_db]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if binaries() is None:
        pytest.fail(INSTALL) if os.environ.get("CI") else pytest.skip(INSTALL)
    with running() as one:
        yield one


@pytest.fixture
def ours(server: Server) -> Iterator[Any]:
    """A connection of the portal's kind, which has been used once."""
    address = psycopg.conninfo.conninfo_to_dict(server.url)
    names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    settings = {django: address[driver] for django, driver in names.items()}
    checked = {"CONN_HEALTH_CHECKS": True, "CONN_MAX_AGE": None}
    made: Any = ConnectionHandler({"default": {"ENGINE": "certportal.postgresql", **settings, **checked}})["default"]
    asked(made)
    yield made
    made.close()


def asked(connection: Any) -> int:
    """Begin a request, and return the process of the server that answers it."""
    connection.close_if_unusable_or_obsolete()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.fixture
def checks(ours: Any, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Note each question whether the connection still works."""
    noted: list[bool] = []
    is_usable = ours.is_usable

    def noting() -> bool:
        noted.append(is_usable())
        return noted[-1]

    monkeypatch.setattr(ours, "is_usable", noting)
    return noted


def test_a_connection_in_use_is_not_asked_each_time(ours: Any, checks: list[bool]) -> None:
    assert len({asked(ours) for _ in range(3)}) == 1
    assert checks == []


def test_threat_31_one_that_the_server_closed_is_made_anew_before_it_is_used(
    ours: Any, checks: list[bool], server: Server
) -> None:
    former = asked(ours)
    with psycopg.connect(server.url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [former])
    assert asked(ours) != former
    assert checks == [False]


def test_threat_31_one_that_this_side_closed_is_made_anew(ours: Any, checks: list[bool]) -> None:
    former = asked(ours)
    ours.connection.close()
    assert asked(ours) != former
    assert checks == [False]


def test_one_that_rested_for_long_is_asked(ours: Any, checks: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    former = asked(ours)
    monkeypatch.setattr(base, "TRUSTED_SECONDS", 0.0)
    assert asked(ours) == former
    assert checks == [True]
