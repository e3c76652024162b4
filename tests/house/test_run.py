"""`scripts/run`, which `make run` starts: a process in it that is killed does not end the others (threat 55)."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path

import pytest

from certportal.local_env import write_local_env
from tests.house.test_serve import until_there
from tests.support.serving import environment, serving

pytestmark = pytest.mark.process

DEVELOPMENT = {"PRODUCTION": "false", "HTTPS": "false", "DEMO": "0", "ALLOWED_HOSTS": '["127.0.0.1"]'}


def settings(folder: Path) -> dict[str, str]:
    write_local_env()
    return environment(folder, **DEVELOPMENT)


def test_threat_55_a_worker_that_is_killed_is_started_again_beside_the_web_server(tmp_path: Path) -> None:
    with serving(settings(tmp_path), tmp_path, "scripts/run") as running:
        running.wait_for("/readyz", seconds=120)
        [worker] = running.children("manage.py worker")
        web = running.children("gunicorn")
        os.kill(worker, signal.SIGKILL)
        assert until_there(running, "manage.py worker", {worker})
        assert running.children("gunicorn") == web
        assert running.get("/healthz").status == 200
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(60)
        assert running.children("") == []


def test_a_port_that_is_taken_ends_the_start_instead_of_being_tried_for_ever(tmp_path: Path) -> None:
    env = settings(tmp_path)
    with socket.create_server(("127.0.0.1", int(env["PORT"]))), serving(env, tmp_path, "scripts/run") as running:
        assert running.process.wait(120) == 1
        assert "The web server ended (code 1)." in running.log
        assert running.children("") == []
