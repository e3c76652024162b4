"""Proofs without a step of the customer, and what self-service cannot take: from the set-up page to *revoked*."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.requests import stamped_letter
from tests.journeys.conftest import Person, Portal
from tests.journeys.deciding import CASE, decide
from tests.journeys.test_routes import RITA, download, openssl_says, picture, soon

pytestmark = pytest.mark.browser

RON = "ron@certportal.example"
LogIn = Callable[..., Person]
DOMAIN, LABEL = "delegated.aurora.example", "_dnsauth.delegated.aurora.example"


def publish_cname(person: Person, target: str) -> None:
    """In the customer's own DNS: the record of an earlier delegation makes room for this one."""
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
    page.locator("summary", has_text="Remove this delegation").click()
    page.get_by_role("button", name=f"Remove the delegation of {DOMAIN}").click()
    page.fill("input[name=domain]", DOMAIN)
    page.check("input[name=method][value=dns_proxy]")
    picture(alice, "delegations")
    page.get_by_role("button", name="Show me what to set up").click()
    instructions = page.url
    publish_cname(alice, page.locator("dd:has(code)").last.locator("code").inner_text())
    page.goto(instructions)
    page.get_by_role("button", name="Check now").click()
    alice.wait_for_text("Last seen as it must be", seconds=90)
    picture(alice, "delegation")


def is_revoked(portal: Portal, certificate: Path) -> None:
    says = soon(lambda: openssl_says(portal, "local", certificate), "certificate revoked", seconds=90)
    assert "certificate revoked" in says


def test_O1_a_delegation_is_set_up_once_and_then_proves_without_a_step_of_the_customer(
    log_in: LogIn, portal: Portal, tmp_path: Path
) -> None:
    alice = log_in("alice@aurora.example")
    set_up_the_delegation(alice)
    alice.open_certificate(DOMAIN)
    certificate, pem = alice.page.url, download(alice, tmp_path)
    assert openssl_says(portal, "local", pem).strip().endswith("OK")
    alice.page.goto(certificate + "revoke/")
    alice.page.get_by_role("button", name="Next").click()
    alice.page.get_by_role("button", name=re.compile("^Revoke ")).click()
    is_revoked(portal, pem)
    alice.page.goto("/demo/")  # nothing was published by hand but the delegation
    assert alice.page.locator("li", has_text=DOMAIN).get_by_role("button").count() == 1


def test_A1_an_assisted_request_at_phone_width_in_chinese_is_vouched_for_approved_and_revoked(
    log_in: LogIn, portal: Portal, tmp_path: Path
) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN"}
    alice, rita, ron = log_in("alice@aurora.example", **phone), log_in(RITA), log_in(RON)
    page, notice = alice.page, tmp_path / "通知.jpg"
    notice.write_bytes(stamped_letter())
    alice.open_certificate("old.aurora.example")
    pem = download(alice, tmp_path)
    page.goto(page.url + "assisted/")
    page.check("input[name=situation][value=too_old]")
    page.check("input[name=reason][value='5']")
    page.fill("textarea[name=reason_text]", "网站已经关闭。")
    page.fill("textarea[name=why_not]", "证书太旧，无法自助办理。")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(alice, "assisted")
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator("main form.card button").click()
    page.set_input_files("input[type=file]", str(notice))
    page.locator("form:has(input[type=file]) button").click()
    page.get_by_role("heading", name="通知.jpg").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture(alice, "evidence")
    page.locator("main a.button").last.click()
    page.locator("main form button", has_text="old.aurora.example").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    case = CASE.format(page.url.rstrip("/").rsplit("/", 1)[1])
    decide(rita, case, "vouch", "I rang the customer: the site is closed.")
    rita.page.goto(case)
    assert rita.page.locator("form[action*='/decide/']").count() == 0  # R3: who vouched does not decide
    decide(ron, case, "approve", "The notice is genuine.")
    is_revoked(portal, pem)
