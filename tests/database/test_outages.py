"""Threats 31 and 55: PostgreSQL that is killed or stands still, under a real web server and worker. People get a page
that says so, probes answer, the log stays short, and everything resumes."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from certportal.database.outages import is_outage
from revocation.authorities.local.models import LocalAuthority
from tests.postgresql import INSTALL, Server, binaries, running
from tests.support.serving import Answer, Serving, environment, manage, serving

pytestmark = [pytest.mark.process, pytest.mark.postgresql]
SESSION = "sessionid=abcdefghijklmnopqrstuvwxyz123456"
PAGES = ("/certificates/", "/accounts/login/", "/admin/", "/pki/local/crl.der", "/requests/", "/receipts/keys/x/")
LINES = 40
"""Limit for the lines that an outage writes: two for each of three processes, and room for what gunicorn says."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if binaries() is None:
        pytest.fail(INSTALL) if os.environ.get("CI") else pytest.skip(INSTALL)
    with running() as one:
        yield one


@pytest.fixture(scope="module")
def portal(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder: Path = tmp_path_factory.mktemp("outages")
    env = environment(folder, DATABASE_URL=server.url)
    for command in (("migrate", "--verbosity", "0"), ("createcachetable",)):
        assert manage(env, *command).returncode == 0
    with serving(env, folder) as up:
        up.wait_for("/readyz", seconds=180)
        yield up


def crowd(portal: Serving, rounds: int = 4) -> list[Answer]:
    """Open all kinds of pages as twelve people at once, with a session cookie. Returns all answers."""

    def one(number: int) -> list[Answer]:
        pages = [PAGES[(number + turn) % len(PAGES)] for turn in range(rounds)]
        return [portal.get(page, wait=60, Cookie=SESSION) for page in pages]

    with ThreadPoolExecutor(12) as people:
        return [answer for answers in people.map(one, range(12)) for answer in answers]


def seen_during_an_outage(portal: Serving) -> None:
    written = len(portal.log.splitlines())
    answers = crowd(portal) + crowd(portal)
    statuses = Counter(answer.status for answer in answers)
    assert 500 not in statuses
    assert statuses[503] > len(answers) / 2
    page = next(answer.body.decode() for answer in answers if answer.status == 503)
    assert "does not respond at the moment" in page
    assert portal.get("/healthz").body == b"ok"
    ready = portal.get("/readyz")
    assert ready.status == 503
    assert json.loads(ready.body)["checks"]["database"] == {"ok": False, "why": "The database does not answer this."}
    lines = portal.log.splitlines()[written:]
    assert len(lines) < LINES, "\n".join(lines)
    assert "Traceback" not in "\n".join(lines)


def resumed(portal: Serving) -> None:
    """Wait until every process answers again: each notices within a few seconds."""
    portal.wait_for("/readyz")
    statuses = set[int]()
    for _ in range(30):
        statuses = {answer.status for answer in crowd(portal, rounds=1)}
        if statuses <= {200, 302, 404}:
            return
        time.sleep(0.5)
    raise AssertionError(f"{statuses}:\n{portal.log[-3000:]}")


def test_threat_31_a_database_that_is_killed_is_a_503_and_comes_back(portal: Serving, server: Server) -> None:
    assert {answer.status for answer in crowd(portal)} <= {200, 302, 404}
    worker = portal.children("manage.py worker")
    server.kill()
    try:
        seen_during_an_outage(portal)
    finally:
        server.start()
    resumed(portal)
    assert portal.process.poll() is None
    assert portal.children("manage.py worker") == worker  # it went on


def test_threat_55_a_database_that_stands_still_is_a_503_within_seconds(portal: Serving, server: Server) -> None:
    with server.stopped():
        first = crowd(portal, rounds=1)
        assert {answer.status for answer in first} <= {503, 302, 200}
        seen_during_an_outage(portal)
    resumed(portal)


def test_threat_55_a_statement_that_only_waits_for_a_lock_goes_on(portal: Serving, server: Server) -> None:
    """Some seconds of waiting for another's lock are no outage: the server still answers."""
    with psycopg.connect(server.url) as blocker, ThreadPoolExecutor(1) as person:
        blocker.execute(f"LOCK TABLE {LocalAuthority._meta.db_table} IN ACCESS EXCLUSIVE MODE")
        waiting = person.submit(portal.get, "/pki/local/ca.pem", wait=60)
        time.sleep(5)
        assert not waiting.done()
        assert portal.get("/readyz").status == 200
        blocker.rollback()
        assert waiting.result(60).status == 404


@pytest.mark.django_db
def test_threat_31_a_server_that_goes_down_between_the_last_row_and_the_end_is_an_outage(server: Server) -> None:
    """Rows that are fetched in pieces end with a statement of its own, which meets the outage."""
    address = psycopg.conninfo.conninfo_to_dict(server.url)
    names = {"NAME": "dbname", "USER": "user", "HOST": "host", "PORT": "port"}
    settings = {django: address[driver] for django, driver in names.items()}
    ours = ConnectionHandler({"default": {"ENGINE": "certportal.postgresql", **settings}})["default"]
    rows = ours.chunked_cursor()
    try:
        with psycopg.connect(server.url, autocommit=True) as other:
            rows.execute("SELECT pg_backend_pid()")
            other.execute("SELECT pg_terminate_backend(%s, 5000)", rows.fetchone())
        with pytest.raises(OperationalError) as ended:
            rows.close()
        assert is_outage(ended.value)
    finally:
        ours.close()
        rows.close()
