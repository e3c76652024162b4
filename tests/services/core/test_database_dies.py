"""Threat 31: PostgreSQL is killed in the middle of decisions; every acknowledged one is found after its restart."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tests.postgresql import INSTALL, binaries, running

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[3]
BEFORE_THE_KILL = 12
"""How many decisions are acknowledged before the server is killed."""


@pytest.mark.postgresql
def test_L1_what_was_acknowledged_is_durable() -> None:
    if binaries() is None:
        pytest.fail(INSTALL) if os.environ.get("CI") else pytest.skip(INSTALL)
    with running() as server:
        environment = {**os.environ, "DATABASE_URL": server.url}
        command = [sys.executable, "-m", "tests.support.decisions_under_load"]
        with subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as load:
            assert load.stdout is not None
            assert load.stdout.readline() == "ready\n"
            acknowledged = {int(load.stdout.readline()) for _ in range(BEFORE_THE_KILL)}
            server.kill()
            acknowledged |= {int(line) for line in load.stdout}
        assert load.returncode != 0  # the load failed with the server
        server.start()
        with psycopg.connect(server.url) as database:
            approved = "SELECT id FROM revocation_revocationrequest WHERE state = 'approved'"
            found = {row[0] for row in database.execute(approved)}
            ordered = {row[0] for row in database.execute("SELECT request_id FROM revocation_revocation")}
            recorded = {
                row[0] for row in database.execute("SELECT request_id FROM revocation_event WHERE kind = 'approved'")
            }
    assert acknowledged <= found
    assert found == ordered == recorded  # all or nothing: no decision without its order and its event
