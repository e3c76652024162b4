"""Proofs that need no step of the customer, from the set-up page to *revoked*, and assisted requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.requests import stamped_letter
from tests.journeys.stack.conftest import Person, Portal
from tests.journeys.steps.deciding import CASE, decide
from tests.journeys.steps.openssl import is_revoked, openssl_says
from tests.journeys.steps.walking import (
    ALICE,
    CHINESE,
    NEXT,
    PHONE,
    RITA,
    RON,
    download,
    number_of,
    open_certificate,
    press_the_last_button,
    wait_for_state,
)

pytestmark = pytest.mark.browser

LogIn = Callable[..., Person]
DOMAIN, LABEL = "delegated.aurora.example", "_dnsauth.delegated.aurora.example"


def publish_cname(person: Person, target: str) -> None:
    """Publish the CNAME in the customer's own DNS, in place of the record of an earlier delegation."""
    page = person.page
    page.goto("/demo/")
    page.locator("li", has_text=LABEL).get_by_role("button").click()
    page.fill("input[name=name]", LABEL)
    page.select_option("select[name=kind]", "CNAME")
    page.fill("input[name=value]", target)
    page.locator("form:has(input[name=value]) button").click()


def set_up_the_delegation(alice: Person) -> None:
    page = alice.page
    page.goto("/delegations/")
    page.get_by_role("link", name=DOMAIN, exact=True).click()
    page.locator("summary", has_text="Remove delegation").click()
    page.get_by_role("button", name=f"Remove the delegation of {DOMAIN}").click()
    page.fill("input[name=domain]", DOMAIN)
    page.check("input[name=method][value=dns_proxy]")
    page.get_by_role("button", name="Add delegation").click()
    instructions = page.url
    publish_cname(alice, page.locator("dd:has(code)").last.locator("code").inner_text())
    page.goto(instructions)
    page.get_by_role("button", name="Check now").click()
    alice.wait_for_text("Last confirmed", seconds=90)


def test_O1_a_delegation_is_set_up_once_and_then_proves_without_a_step_of_the_customer(
    log_in: LogIn, portal: Portal, tmp_path: Path
) -> None:
    alice = log_in(ALICE)
    set_up_the_delegation(alice)
    certificate = open_certificate(alice, DOMAIN)
    pem = download(alice, certificate, tmp_path)
    assert openssl_says(portal, "local", pem).strip().endswith("OK")
    alice.page.goto(certificate + "revoke/")
    alice.page.locator(NEXT).click()
    press_the_last_button(alice, DOMAIN)
    assert is_revoked(portal, "local", pem, seconds=90)
    alice.page.goto("/demo/")  # nothing was published by hand but the delegation
    assert alice.page.locator("li", has_text=DOMAIN).get_by_role("button").count() == 1


def test_A1_an_assisted_request_at_phone_width_in_chinese_is_vouched_for_approved_and_revoked(
    log_in: LogIn, portal: Portal, tmp_path: Path
) -> None:
    alice, rita, ron = log_in(ALICE, **CHINESE, **PHONE), log_in(RITA), log_in(RON)
    page, notice = alice.page, tmp_path / "通知.jpg"
    notice.write_bytes(stamped_letter())
    certificate = open_certificate(alice, "old.aurora.example")
    pem = download(alice, certificate, tmp_path)
    page.goto(certificate + "assisted/")
    page.check("input[name=situation][value=too_old]")
    page.check("input[name=reason][value='5']")
    page.fill("textarea[name=reason_text]", "网站已经关闭。")
    page.fill("textarea[name=why_not]", "证书太旧，无法自助办理。")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("main form.card button").click()
    page.set_input_files("input[type=file]", str(notice))
    page.locator("form:has(input[type=file]) button").click()
    page.get_by_role("heading", name="通知.jpg").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.locator("main a.button").last.click()
    page.locator("main form button", has_text="old.aurora.example").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    case = CASE.format(number_of(page.url))
    decide(rita, case, "vouch", "I rang the customer: the site is closed.")
    rita.page.goto(case)
    assert rita.page.locator("form[action*='/decide/']").count() == 0  # R3: the sponsor does not decide
    decide(ron, case, "approve", "The notice is genuine.")
    assert is_revoked(portal, "local", pem, seconds=90)


def test_N1_a_compromised_key_finds_its_way_into_the_assisted_form(log_in: LogIn, tmp_path: Path) -> None:
    """The page *Why can't I revoke this?* leads to the assisted form, and the request ends *revoked*."""
    alice, rita, ron = log_in(ALICE), log_in(RITA), log_in(RON)
    page, name, evidence = alice.page, "renewing.aurora.example", tmp_path / "leak.jpg"
    evidence.write_bytes(stamped_letter())
    certificate = open_certificate(alice, name)
    page.goto(certificate + "revoke/")
    assert "within 30 days" in page.locator(".rules .against").inner_text()
    page.locator(".rules .against a.button").click()
    page.check("input[name=situation][value=compromised]")
    page.check("input[name=reason][value='1']")
    page.fill("textarea[name=reason_text]", "The key lay in a public repository.")
    page.fill("textarea[name=why_not]", "We have the repository's log, no copy of the key.")
    page.locator("main form.card button").click()
    page.set_input_files(
        "input[type=file]", {"name": "leak.jpg", "mimeType": "image/jpeg", "buffer": b"no picture" * 200}
    )
    page.locator("#problem").filter(has_text="are accepted").wait_for()  # said before anything is sent
    page.set_input_files("input[type=file]", str(evidence))
    page.locator("#preview img").wait_for()
    page.locator("form:has(input[type=file]) button").click()
    page.get_by_role("heading", name=evidence.name).wait_for()
    page.locator("main a.button").last.click()
    request = press_the_last_button(alice, name)
    case = CASE.format(number_of(request))
    decide(rita, case, "vouch", "The repository is public, I have seen the key there.")
    decide(ron, case, "approve", "Seen as well.")
    wait_for_state(alice, certificate, "revoked", seconds=90)
