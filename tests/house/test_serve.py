"""`make serve`, really started: what it refuses, and that it serves what the README promises (threats 39, 54)."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certportal.local_env import LOCAL_ENV, write_local_env
from tests.support.serving import ROOT, Serving, environment, manage, serve_to_its_end, serving

pytestmark = pytest.mark.process

REFUSED: dict[str, tuple[dict[str, str], list[str]]] = {
    "DEBUG": ({"DEBUG": "true"}, ["DEBUG is set"]),
    "SECRET_KEY": ({"SECRET_KEY": "x"}, ["SECRET_KEY is too short", "Accepted are 50 or more"]),
    "KEY_ENCRYPTION_KEY": ({"KEY_ENCRYPTION_KEY": "x"}, ["KEY_ENCRYPTION_KEY is too short", "Accepted are 32 or more"]),
    "HTTPS": ({"HTTPS": "false"}, ["HTTPS is false", "Set HTTPS=true"]),
    "ALLOWED_HOSTS": ({"ALLOWED_HOSTS": '["*"]'}, ["ALLOWED_HOSTS: “*”", "Name each host"]),
    "CERTPORTAL_FAULT": ({"CERTPORTAL_FAULT": "after-claim"}, ["CERTPORTAL_FAULT is set", "Unset CERTPORTAL_FAULT"]),
}
ALL_AT_ONCE = {name: value for changes, _ in REFUSED.values() for name, value in changes.items()}
FORGOTTEN = {"SECRET_KEY": "", "KEY_ENCRYPTION_KEY": ""}
STARTS: dict[str, tuple[dict[str, str], list[str]]] = {
    "all wrong at once": (ALL_AT_ONCE, [words for _, said in REFUSED.values() for words in said]),
    "secrets forgotten": (FORGOTTEN, [*(f"{name}: it is missing" for name in FORGOTTEN), "environment"]),
}


@pytest.mark.parametrize("name", list(STARTS))
def test_threat_39_bad_settings_end_the_start_before_anything_is_written(name: str, tmp_path: Path) -> None:
    """Each of them is named. `test_production` has each alone."""
    write_local_env()  # the developer's secrets are there, and must not be taken
    before = LOCAL_ENV.read_bytes()
    changes, said = STARTS[name]
    env = environment(tmp_path, **changes, DATABASE_URL=f"sqlite:///{tmp_path}/new.sqlite3")
    refused = serve_to_its_end(env)
    assert refused.returncode != 0
    for words in said:
        assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "new.sqlite3").exists()
    assert not (tmp_path / "letters").exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(env["PORT"])), 1)
    assert LOCAL_ENV.read_bytes() == before


def test_threat_54_the_start_for_production_writes_no_secrets() -> None:
    """Nothing that `make serve` runs leads to the file of development."""
    plan = subprocess.run(
        ["make", "--dry-run", "--always-make", "serve"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "scripts/serve" in plan.stdout
    assert "local_env" not in plan.stdout


WITHOUT_A_DATABASE = {
    "forgotten": ("", "DATABASE_URL: it is missing"),
    "down": ("postgres://portal@127.0.0.1:1/portal", "The database does not answer"),
    "no folder": ("sqlite:////nowhere/portal.sqlite3", "/nowhere is no folder"),
}


@pytest.mark.parametrize("name", list(WITHOUT_A_DATABASE))
@pytest.mark.parametrize("script", ["scripts/serve", "scripts/migrate"])
def test_threat_54_a_start_without_its_database_ends_with_a_sentence(script: str, name: str, tmp_path: Path) -> None:
    """A forgotten DATABASE_URL does not begin a new database on this machine."""
    url, words = WITHOUT_A_DATABASE[name]
    refused = serve_to_its_end(environment(tmp_path, DATABASE_URL=url), script=script)
    assert refused.returncode != 0
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """Start README's example with an embedded authority, once for all tests that can share it."""
    folder = tmp_path_factory.mktemp("serving")
    env = environment(folder)
    made = manage(env, "create_authority", "local", "--name", "Example CA")
    assert made.returncode == 0, made.stderr
    with serving(env, folder) as running:
        running.wait_for("/readyz")
        yield running


def test_threat_54_what_certificates_name_is_served_under_the_host_that_they_name(
    portal: Serving, tmp_path: Path
) -> None:
    """ALLOWED_HOSTS of the README does not name the host of PKI_BASE_URL."""
    for host in ("pki.example.com", "former.example.com", "192.0.2.7:8080", "portal.example.com"):
        portal.wait_for("/pki/local/crl.pem")  # the worker has put it together
        plain: dict[str, Any] = {"Host": host, "X_Forwarded_Proto": "http"}
        ca, crl = portal.get("/pki/local/ca.pem", **plain), portal.get("/pki/local/crl.pem", **plain)
        assert (ca.status, crl.status) == (200, 200)
        (tmp_path / "ca.pem").write_bytes(ca.body)
        (tmp_path / "crl.pem").write_bytes(crl.body)
        command = ["openssl", "crl", "-in", "crl.pem", "-CAfile", "ca.pem", "-noout", "-verify"]
        said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
        assert "verify OK" in said.stdout + said.stderr
        certificate = x509.load_pem_x509_certificate(ca.body)
        assert portal.get("/pki/local/ca.crt", **plain).body == certificate.public_bytes(Encoding.DER)


def test_threat_39_pages_are_not_served_under_other_names(portal: Serving) -> None:
    assert portal.get("/accounts/login/").status == 200
    for host in ("pki.example.com", "evil.example"):
        assert portal.get("/accounts/login/", Host=host).status == 400
    assert "Traceback" not in portal.log


def test_probes_answer_whatever_host_and_scheme_they_send(portal: Serving) -> None:
    for path in ("/healthz", "/readyz"):
        assert portal.get(path, Host="10.0.0.7", X_Forwarded_Proto="http").status == 200
    checks = json.loads(portal.get("/readyz").body)["checks"]
    assert {name for name, found in checks.items() if found["ok"]} == set(checks)


def test_a_worker_or_web_server_that_is_killed_is_started_again_and_takes_nobody_along(portal: Serving) -> None:
    [worker] = portal.children("manage.py worker")
    web = portal.children("gunicorn")
    os.kill(worker, signal.SIGKILL)
    for _ in range(20):
        assert portal.get("/healthz").status == 200
        time.sleep(0.05)
    assert until_there(portal, "manage.py worker", {worker})
    assert portal.children("gunicorn") == web
    [worker] = portal.children("manage.py worker")
    os.kill(web[0], signal.SIGKILL)
    assert until_there(portal, "gunicorn", set(web))
    portal.wait_for("/readyz")
    assert portal.children("manage.py worker") == [worker]
    assert "The worker ended (code 137). It restarts in 1 s." in portal.log


def until_there(portal: Serving, words: str, former: set[int]) -> list[int]:
    for _ in range(240):
        if found := [process for process in portal.children(words) if process not in former]:
            return found
        time.sleep(0.25)
    return []


def test_without_a_worker_the_portal_is_not_ready_and_a_start_ends_when_it_is_told(tmp_path: Path) -> None:
    env = environment(tmp_path)
    with serving(env, tmp_path) as running:
        running.wait_for("/readyz")
        running.process.send_signal(signal.SIGTERM)
        assert running.process.wait(60) == 0
        assert running.children("") == []
    said = manage(env, "shell", "-c", "from certportal.health import findings; print(findings()['worker'].why)")
    assert "No worker is running" in said.stdout


def test_threat_54_a_machine_with_other_secrets_does_not_start(tmp_path: Path) -> None:
    env = environment(tmp_path)
    assert manage(env, "installation", "--begin").returncode == 0
    other = env | {"SECRET_KEY": env["SECRET_KEY"][::-1]}
    refused = serve_to_its_end(other)
    assert refused.returncode != 0
    assert "SECRET_KEY: not the value with which this installation was begun" in refused.stderr
    worker = manage(other, "worker", "--once")
    assert worker.returncode != 0
    assert "SECRET_KEY" in worker.stderr
    assert manage(other, "installation", "--accept-secrets").returncode == 0
    assert manage(other, "worker", "--once").returncode == 0


def test_threat_39_a_worker_of_production_refuses_bad_settings_too(tmp_path: Path) -> None:
    refused = manage(environment(tmp_path, CERTPORTAL_FAULT="before-mail"), "worker", "--once")
    assert refused.returncode != 0
    assert "CERTPORTAL_FAULT is set" in refused.stderr
