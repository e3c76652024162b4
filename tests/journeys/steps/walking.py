"""Steps of customers through the portal. They find things by what pages are made of, not by their words. So one step
serves both languages, phones, and browsers without scripts."""

from __future__ import annotations

import re
import time
from pathlib import Path

from playwright.sync_api import TimeoutError as TooLate

from demo.requests import stamped_letter
from tests.journeys.stack.conftest import Person
from tests.journeys.steps.deciding import CASE, decide

ALICE, BOB, CHARLIE = "alice@aurora.example", "bob@aurora.example", "charlie@xinghe.example"
RITA, RON, CARL = "rita@certportal.example", "ron@certportal.example", "carl@certportal.example"
CHINESE = {"locale": "zh-CN"}
PHONE = {"viewport": {"width": 390, "height": 844}}
NO_SCRIPTS = {"java_script_enabled": False}

NEXT = "main form.card button:not([name=later])"
LAST = "main form[action$='/submit/'] button"
REQUEST = re.compile(r"/requests/\d+/$")


def open_certificate(person: Person, name: str) -> str:
    """Open the page of the certificate with this name. Returns the page's address."""
    person.page.goto(f"/certificates/?q={name}")
    named = re.compile(rf"^{re.escape(name)}$")  # not a name that only ends like it
    person.page.locator("table.certificates td a", has_text=named).first.click()
    person.page.wait_for_url(re.compile(r"/certificates/\d+/$"))
    return person.page.url


def give_reason(person: Person, certificate: str, code: int = 4, words: str = "Replaced by a new one.") -> None:
    person.page.goto(certificate + "revoke/")
    person.page.check(f"input[name=reason][value='{code}']")
    person.page.fill("textarea[name=reason_text]", words)
    person.page.locator(NEXT).click()


def upload_letter(person: Person, folder: Path) -> None:
    """Fetch the template and upload a letter from its page. One that cannot be replaced (F2) is checked, then kept."""
    letter = folder / "letter.jpg"
    letter.write_bytes(stamped_letter())
    page = person.page
    template = person.context.request.get(page.url + "template.pdf")
    assert template.body().startswith(b"%PDF-")
    page.set_input_files("input[type=file]", str(letter))
    page.locator("form#upload button").click()
    page.wait_for_url(re.compile(r"/requests/\d+/(letter/check/)?$"))
    if page.url.endswith("check/"):
        page.locator("form[action$='/keep/'] button").click()
        page.wait_for_url(REQUEST)


def press_the_last_button(person: Person, name: str) -> str:
    """Submit with the last button, which names the certificate. Returns the request's address."""
    last = person.page.locator(LAST)
    assert name in last.inner_text()
    last.click()
    person.page.wait_for_url(re.compile(r"/requests/\d+/(ownership/)?$"))
    return person.page.url.removesuffix("ownership/")


def publish_the_proof(person: Person, request: str) -> None:
    """Publish the proof in the customer's own DNS or web server, which the demo plays, then press *Check now*."""
    person.page.goto("/demo/")
    with person.page.expect_navigation():
        person.page.locator(f"form[action='/demo/publish/{number_of(request)}/'] button").click()
    person.page.goto(request + "ownership/")
    press_unless_done(person, "#check-now")


def press_unless_done(person: Person, selector: str) -> None:
    """Press a button, unless the worker was quicker and it has gone."""
    button = person.page.locator(selector)
    if button.count():
        try:
            button.click(timeout=5_000)
        except TooLate:
            if button.count():
                raise


def approve(request: str, *reviewers: Person) -> None:
    """Approve the request by one reviewer, or by two where the case needs two."""
    case = CASE.format(number_of(request))
    for reviewer, verb in zip(reviewers, ("approve_first", "approve")[-len(reviewers) :], strict=True):
        decide(reviewer, case, verb)


def number_of(request: str) -> str:
    """Return the key in a request's address."""
    return request.rstrip("/").rsplit("/", 1)[1]


def wait_for_state(person: Person, address: str, state: str, seconds: int = 60) -> None:
    """Reload, as a person without scripts would, until the page says so."""
    for _ in range(seconds * 2):
        person.page.goto(address)
        if person.page.locator(f"h1 .chip.{state}").count():
            return
        time.sleep(0.5)
    raise AssertionError(f"{address} is not {state}:\n{person.page.locator('main').inner_text()}")


def download(person: Person, certificate: str, folder: Path) -> Path:
    """Download the certificate as PEM through its page. Returns the file."""
    target = folder / "cert.pem"
    target.write_bytes(person.context.request.get(certificate + "download/").body())
    return target


def speaks(person: Person, language: str) -> bool:
    """Is the page in that language, by its `lang` attribute and by its words?"""
    words = person.page.locator("main h1").inner_text()
    chinese = any("\u4e00" <= character <= "\u9fff" for character in words)
    return person.page.locator(f"html[lang={language}]").count() == 1 and chinese == (language == "zh-hans")
