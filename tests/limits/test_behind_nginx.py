"""U4, threat 43: behind a real nginx, with real processes, each client is counted by its own address."""

from __future__ import annotations

import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

import pytest

from tests import template_database
from tests.servers.zone_server import free_port

pytestmark = pytest.mark.process

ROOT = Path(__file__).resolve().parents[2]
NGINX = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
    uwsgi_temp_path {folder}; scgi_temp_path {folder};
    server {{ listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://127.0.0.1:{behind};
            proxy_set_header Host $host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
        }}
    }}
}}
"""
ALICE = "alice@aurora.example"
MADE = f"""
from certportal.accounts.models import User
User.objects.create_user("{ALICE}", "pw")
"""
OWNER = "127.0.0.1"
"""The owner's address. All tests share one portal, so each has strangers at addresses of its own."""


class Portal(NamedTuple):
    """The portal, by the port of nginx in front of it."""

    port: int

    def log_in(self, password: str, source: str, **headers: str) -> int:
        """Try to log in as Alice from this address of the client. Returns the status."""
        body = urlencode({"login": ALICE, "password": password, "csrfmiddlewaretoken": "a" * 32})
        sent = {"Cookie": f"csrftoken={'a' * 32}", "Content-Type": "application/x-www-form-urlencoded", **headers}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(source, 0))
        try:
            connection.request("POST", "/accounts/login/", body, sent)
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def database(folder: Path) -> Iterator[str]:
    """Make a migrated database for this portal, on the engine of this test run. Yields its URL."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        template_database.copy_for_sqlite(str(folder / "portal.sqlite3"))
        yield f"sqlite:///{folder}/portal.sqlite3"
        return
    import psycopg

    name, parts = f"behind_{os.getpid()}", urlsplit(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE {name} TEMPLATE "{template_database.template_for_postgresql()}"')
        yield urlunsplit(parts._replace(path=f"/{name}"))
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running(command: list[str], **environment: str) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **environment}, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Two processes of the portal behind nginx."""
    folder = tmp_path_factory.mktemp("nginx")
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if not nginx:
        install = "apt-get install --no-install-recommends nginx-light"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"nginx is not installed: {install}")
    port, behind = free_port("127.0.0.1"), free_port("127.0.0.1")
    (folder / "conf").write_text(NGINX.format(folder=folder, port=port, behind=behind))
    with database(folder) as url:
        settings = {"DATABASE_URL": url, "BEHIND_PROXY": "true", "ALLOWED_HOSTS": '["127.0.0.1"]'}
        made = [sys.executable, "manage.py", "shell", "-c", MADE]
        subprocess.run(made, check=True, cwd=ROOT, env={**os.environ, **settings}, stdout=subprocess.DEVNULL)
        gunicorn = [sys.executable, "-m", "gunicorn", "certportal.wsgi", "--bind", f"127.0.0.1:{behind}"]
        gunicorn += ["--workers", "2", "--threads", "8", "--no-control-socket", "--log-level", "error"]
        with running(gunicorn, **settings), running([nginx, "-c", str(folder / "conf")]):
            yield answering(Portal(port))


def answering(portal: Portal) -> Portal:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if portal.log_in("", "127.0.0.9") == 200:
                return portal
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("The portal did not start.")


def test_U4_a_stranger_behind_the_same_proxy_locks_himself_out_and_nobody_else(portal: Portal) -> None:
    assert [portal.log_in("wrong", "127.0.0.2") for _ in range(6)] == [200] * 5 + [429]
    assert portal.log_in("pw", "127.0.0.2") == 429
    assert portal.log_in("pw", OWNER) == 302


def test_U4_a_forged_header_neither_escapes_a_limit_nor_locks_somebody_else_out(portal: Portal) -> None:
    forged = [
        {"X-Forwarded-For": OWNER},
        {"X-Forwarded-For": "203.0.113.1, 203.0.113.2"},
        {"Forwarded": f"for={OWNER}"},
    ]
    codes = [portal.log_in("wrong", "127.0.0.3", **headers) for headers in [*forged, *forged]]
    assert codes == [200] * 5 + [429]
    assert portal.log_in("pw", OWNER) == 302


def test_U4_fifty_wrong_passwords_at_once_pass_no_more_than_five(portal: Portal) -> None:
    with ThreadPoolExecutor(50) as pool:
        codes = list(pool.map(lambda _: portal.log_in("wrong", "127.0.0.4"), range(50)))
    assert sorted(codes) == [200] * 5 + [429] * 45
    assert portal.log_in("pw", OWNER) == 302
