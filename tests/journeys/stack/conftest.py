"""The stack that `make run` starts (web server, worker, demo world), for journeys from end to end.

One process has all these tests (conftest.py), since they share the stack and mostly wait.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import template_database
from tests.postgresql import free_port

ROOT = Path(__file__).resolve().parents[3]
PASSWORD = "demo-Passw0rd-for-tests"


@dataclass(frozen=True)
class Portal:
    """A running portal. `environment` is what a command needs to see the same portal."""

    url: str
    folder: Path
    environment: dict[str, str]

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            data: bytes = answer.read()
            return data


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """`scripts/run` on free ports, with its migrated database and its files in a temporary folder."""
    folder = tmp_path_factory.mktemp("portal")
    template_database.copy_for_sqlite(f"{folder}/portal.sqlite3")
    port = free_port()
    environment = {
        **os.environ,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PORT": str(port),
        "PKI_BASE_URL": f"http://127.0.0.1:{port}",
        "DEMO": "1",
        "DEMO_PASSWORD": PASSWORD,
        "DEMO_DNS_PORT": str(free_port()),
        "DEMO_HTTP_PORT": str(free_port()),
        "DATABASE_URL": f"sqlite:///{folder}/portal.sqlite3",
        "LETTERS_STORAGE_OPTIONS": f'{{"location": "{folder}/letters", "base_url": null}}',
        "DEPLOYMENTS_DIR": f"{folder}/deployments",
        "EMAIL_DIR": f"{folder}/mail",
    }
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            ["scripts/run"], cwd=ROOT, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        running = Portal(f"http://127.0.0.1:{port}", folder, environment)
        try:
            wait_for(running, process)
            yield running
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise


@pytest.fixture(scope="session")
def stock(portal: Portal) -> None:
    """Certificates that no other journey uses up."""
    subprocess.run([sys.executable, "-m", "tests.journeys.steps.stock"], cwd=ROOT, env=portal.environment, check=True)


def wait_for(portal: Portal, process: subprocess.Popen[bytes], seconds: int = 300) -> None:
    for _ in range(seconds * 2):
        if process.poll() is not None:
            break
        try:
            portal.get("/healthz")
            return
        except OSError:  # not there yet, or busy with the demo data
            time.sleep(0.5)
    pytest.fail(f"The portal did not come up:\n{(portal.folder / 'log').read_text()}")


class Person:
    """Somebody at a browser. Script errors are collected; a journey ends with none."""

    def __init__(self, browser: Browser, portal: Portal, email: str, **options: Any) -> None:
        self.portal = portal
        self.context: BrowserContext = browser.new_context(base_url=portal.url, **options)
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.log_in(email)

    def log_in(self, email: str) -> None:
        self.page.goto("/accounts/login/")
        self.page.fill("input[name=login]", email)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.locator("form:has(input[name=password]) button").click()
        self.page.wait_for_url("**/certificates/")

    def open_certificate(self, name: str) -> None:
        self.page.goto(f"/certificates/?q={name}")
        self.page.locator("main").get_by_role("link", name=name).first.click()

    def wait_for_text(self, text: str, seconds: int = 30) -> None:
        """Reload, as a person without scripts would, until the text is there."""
        for _ in range(seconds * 2):
            if text in self.page.locator("main").inner_text():
                return
            time.sleep(0.5)
            self.page.reload()
        pytest.fail(f"“{text}” did not appear on {self.page.url}:\n{self.page.locator('main').inner_text()}")


@pytest.fixture
def log_in(browser: Browser, portal: Portal) -> Iterator[object]:
    people: list[Person] = []

    def make(email: str, **options: Any) -> Person:
        people.append(Person(browser, portal, email, **options))
        return people[-1]

    yield make
    for person in people:
        person.context.close()
        assert person.errors == []
