"""Accounts under the content security policy, a request without scripts, deployments."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

from tests.journeys.stack.conftest import PASSWORD as CARLS_PASSWORD
from tests.journeys.stack.conftest import Person, Portal
from tests.journeys.steps.looking import violations
from tests.journeys.steps.walking import BOB, CARL

pytestmark = pytest.mark.browser

LogIn = Callable[..., Person]
DORA = "dora@xinghe.example"
PASSWORD = "a-new-Passw0rd-for-dora"


def page_of(person: Person, name: str) -> str:
    person.page.goto(f"/certificates/?q={name}")
    return person.page.locator("main td a").first.get_attribute("href") or ""


def test_without_scripts_a_request_goes_all_the_way_to_review(log_in: LogIn) -> None:
    bob = log_in(BOB, java_script_enabled=False)
    bob.page.goto(page_of(bob, "waived."))
    bob.page.get_by_role("link", name="Revoke", exact=True).click()
    bob.page.get_by_role("radio").nth(3).check()
    bob.page.locator("textarea").fill("Replaced.")
    bob.page.get_by_role("button", name="Next").click()
    bob.page.get_by_role("button", name=re.compile("^Revoke ")).click()
    bob.wait_for_text("A reviewer is deciding on your request.")


def test_a_forgotten_password_is_set_anew_by_mail(browser: Browser, portal: Portal, log_in: LogIn) -> None:
    context = browser.new_context(base_url=portal.url)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Forgot your password?").click()
    page.fill("input[name=email]", DORA)
    page.locator("main form button").click()
    page.wait_for_url("**/password/reset/done/")
    link = reset_link(portal, DORA)
    page.goto(link)
    page.fill("input[name=password1]", PASSWORD)
    page.fill("input[name=password2]", PASSWORD)
    assert violations(page) == []
    page.locator("main form button").first.click()
    page.wait_for_url("**/password/reset/key/done/")
    page.goto("/accounts/login/")
    page.fill("input[name=login]", DORA)
    page.fill("input[name=password]", PASSWORD)
    page.locator("form:has(input[name=password]) button").click()
    page.wait_for_url("**/certificates/")
    context.close()


def reset_link(portal: Portal, to: str) -> str:
    """Wait for the mail that the worker sends. Returns the link in it."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for file in (portal.folder / "mail").glob("*"):
            found = re.search(r"http\S+/accounts/password/reset/key/\S+", file.read_text())
            if found and f"To: {to}" in file.read_text():
                return found[0]
        time.sleep(0.2)
    pytest.fail(f"No mail with a link to {to}")


def test_too_many_wrong_passwords_lock_the_door_for_a_while(browser: Browser, portal: Portal) -> None:
    context = browser.new_context(base_url=portal.url)
    page = context.new_page()
    for _ in range(6):
        page.goto("/accounts/login/")
        page.fill("input[name=login]", "charlie@xinghe.example")
        page.fill("input[name=password]", "wrong")
        page.locator("form:has(input[name=password]) button").click()
    said = page.locator("main").inner_text()
    assert "Too many failed sign-in attempts. Nothing was changed. Try again in" in said
    assert page.input_value("input[name=login]") == "charlie@xinghe.example"
    context.close()


def test_a_second_factor_is_set_up_under_the_content_security_policy(log_in: LogIn) -> None:
    carl = log_in(CARL)
    carl.page.goto("/preferences/")
    carl.page.get_by_role("link", name="Two-factor authentication").click()
    carl.page.goto("/accounts/2fa/totp/activate/")
    if carl.page.locator("input[name=password]").count():  # the person confirms who they are
        assert violations(carl.page) == []
        carl.page.fill("input[name=password]", CARLS_PASSWORD)
        carl.page.locator("main form button").first.click()
    assert carl.page.locator("img").first.evaluate("image => image.naturalWidth") > 0
    assert violations(carl.page) == []
    secret = carl.page.locator("#authenticator_secret").input_value()
    carl.page.fill("input[name=code]", totp(secret))
    carl.page.locator("main form button").first.click()
    carl.page.wait_for_url("**/recovery-codes/**")
    assert violations(carl.page) == []
    # Taken away again, so that Carl's other journeys need no code.
    carl.page.goto("/accounts/2fa/totp/deactivate/")
    carl.page.locator("main form button").first.click()


def totp(secret: str) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time

    counters = list(yield_hotp_counters_from_time())
    return format_hotp_value(hotp_value(secret, counters[len(counters) // 2]))  # now, the middle of those tolerated


def test_deploy_undeploy_and_delete(log_in: LogIn) -> None:
    bob = log_in(BOB)
    page = page_of(bob, "discarded.")
    bob.page.goto(page)
    bob.page.get_by_role("button", name="Deploy", exact=True).click()
    bob.wait_for_text(".pem")
    bob.page.get_by_role("button", name=re.compile("^Undeploy")).click()
    bob.wait_for_text("Not deployed.")
    uploaded = page_of(bob, "thirdparty.")
    bob.page.goto(uploaded + "delete/")
    bob.page.get_by_role("button", name=re.compile("^Delete ")).click()
    bob.wait_for_text("from your list")
