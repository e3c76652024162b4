"""The four routes from *My Certificates* to *revoked*, in a real browser, confirmed by openssl: in both languages, on a
phone, and without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.stack.conftest import Person, Portal
from tests.journeys.steps.openssl import is_revoked, ocsp_says, openssl_says
from tests.journeys.steps.walking import (
    ALICE,
    CARL,
    CHINESE,
    NEXT,
    NO_SCRIPTS,
    PHONE,
    RITA,
    RON,
    approve,
    download,
    give_reason,
    open_certificate,
    press_the_last_button,
    publish_the_proof,
    speaks,
    upload_letter,
    wait_for_state,
)

pytestmark = pytest.mark.browser

LogIn = Callable[..., Person]
ENGLISH: dict[str, Any] = {}


@pytest.mark.parametrize(
    ("name", "authority", "letter", "approvals", "seat"),
    [
        ("f1.aurora.example", "local", False, 1, ENGLISH),
        ("sm2-dv.aurora.example", "local-sm2", False, 1, CHINESE | NO_SCRIPTS),
        ("f2.aurora.example", "local-sm2", True, 1, ENGLISH),
        ("sm2-ev.aurora.example", "local-sm2", True, 2, CHINESE | PHONE),
        ("f4.aurora.example", "local-rsa", True, 1, NO_SCRIPTS),
        ("ev.aurora.example", "local", True, 2, CHINESE),
    ],
    ids=["F1", "F1-SM2-zh-no-scripts", "F2", "F2-EV-zh-phone", "F4-no-scripts", "F4-EV-zh"],
)
def test_reviewed_routes_end_revoked_and_openssl_sees_it(
    log_in: LogIn,
    portal: Portal,
    tmp_path: Path,
    name: str,
    authority: str,
    letter: bool,
    approvals: int,
    seat: dict[str, Any],
) -> None:
    alice = log_in(ALICE, **seat)
    certificate = open_certificate(alice, name)
    pem = download(alice, certificate, tmp_path)
    assert "OK" in openssl_says(portal, authority, pem)
    give_reason(alice, certificate)
    assert speaks(alice, "zh-hans" if "locale" in seat else "en")
    if letter:
        upload_letter(alice, tmp_path)
    request = press_the_last_button(alice, name)
    assert alice.page.locator("h1 .chip.in_review").count()
    assert alice.context.request.get(certificate + "download/").status == 409  # M4
    approve(request, *[log_in(reviewer) for reviewer in (RITA, RON)[:approvals]])
    wait_for_state(alice, certificate, "revoked")
    assert is_revoked(portal, authority, pem)
    said = ocsp_says(portal, authority, pem)
    assert "revoked" in said
    assert "superseded" in said


@pytest.mark.parametrize(
    ("name", "seat"),
    [
        ("f3.aurora.example", ENGLISH),
        ("cname.aurora.example", CHINESE | PHONE),
        ("file.aurora.example", NO_SCRIPTS),
    ],
    ids=["TXT", "CNAME-zh-phone", "file-no-scripts"],
)
def test_F3_is_revoked_after_the_proof_without_a_reviewer(
    log_in: LogIn, portal: Portal, tmp_path: Path, name: str, seat: dict[str, Any]
) -> None:
    alice = log_in(ALICE, **seat)
    certificate = open_certificate(alice, name)
    pem = download(alice, certificate, tmp_path)
    alice.page.goto(certificate + "revoke/")
    alice.page.locator(NEXT).click()
    request = press_the_last_button(alice, name)
    alice.page.goto(request + "ownership/")
    assert speaks(alice, "zh-hans" if "locale" in seat else "en")
    publish_the_proof(alice, request)
    wait_for_state(alice, request, "revoked")
    assert is_revoked(portal, "local", pem)


def test_M6_staff_delete_the_revoked_and_the_tombstone_stays(log_in: LogIn, portal: Portal) -> None:
    carl = log_in(CARL)
    carl.page.goto("/admin/revocation/certificate/?q=revoked-sm2.xinghe.example")
    carl.page.locator("#result_list tbody a").first.click()
    carl.page.get_by_role("link", name=re.compile("Delete")).first.click()
    for box in carl.page.locator("main form input[type=checkbox], #content form input[type=checkbox]").all():
        box.check()
    with carl.page.expect_navigation():  # the next page must not cut the answer off
        carl.page.locator("#content form button").last.click()
    carl.page.goto("/admin/revocation/certificate/?q=revoked-sm2.xinghe.example")
    carl.page.locator("#result_list tbody a").first.click()
    assert "deleted" in carl.page.locator("#content").inner_text()


def test_N3_the_page_says_why_not(log_in: LogIn) -> None:
    alice = log_in(ALICE)
    alice.page.goto(open_certificate(alice, "old.aurora.example") + "revoke/")
    assert "25 March 2020" in alice.page.locator("main").inner_text()
