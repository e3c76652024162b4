"""Journeys: people at a real Chromium. Those in `stack` use what `make run` starts; the others a server of the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from certportal.accounts.models import User

WITHOUT_WINDOWS, WITH_WINDOWS = "chromium-headless-shell", "chromium"
"""Debian's packages of Chromium. The first is the same engine without windows, and takes a third less of the processor.
It cannot show a PDF."""
Sit = Callable[..., Page]

expect.set_options(timeout=30_000)  # milliseconds, as for everything else that a journey waits for


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    """Playwright, while journeys run: its loop in this thread would mislead Django in other tests."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    yield from launched(playwright, WITHOUT_WINDOWS)


@pytest.fixture(scope="package")
def browser_that_shows_pdf(playwright: Playwright) -> Iterator[Browser]:
    yield from launched(playwright, WITH_WINDOWS)


def launched(playwright: Playwright, program: str) -> Iterator[Browser]:
    found = shutil.which(program)
    if found is None:
        install = f"{program} is missing: apt-get install --no-install-recommends {program}"
        if os.environ.get("CI"):
            pytest.fail(install)
        pytest.skip(install)
    chromium = playwright.chromium.launch(executable_path=found, args=["--disable-background-networking"])
    yield chromium
    chromium.close()


@pytest.fixture
def sit(browser: Browser, live_server: Any, settings: Any) -> Iterator[Sit]:
    """A person at a browser, logged in. Script errors and refused scripts are collected; a journey ends with none."""
    contexts, errors = [], []

    def at_the_desk(person: User, **options: Any) -> Page:
        client = Client()
        client.force_login(person)
        context = browser.new_context(base_url=live_server.url, **options)
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
        return page

    yield at_the_desk
    for context in contexts:
        context.close()
    # Not counted: refusals are pages with status 409, and axe reads style sheets again by wrong addresses, adds styles.
    axes = ("Failed to load resource", "inline style")
    assert [error for error in errors if not any(noise in error for noise in axes)] == []
