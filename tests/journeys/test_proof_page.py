"""The page of the proof renews itself while somebody reads it. Focus, selection and open parts stay (O7)."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from revocation.models import Actor, NameProof
from revocation.ownership.outcome import Outcome
from revocation.services.ownership import claims, proofs
from tests.conftest import SYSTEM, MakeCertificate
from tests.journeys.conftest import Sit
from tests.journeys.steps.walking import NO_SCRIPTS
from tests.people import submitted

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NAMES = ("a.example", "b.example", "c.example")
SOON = 60_000
"""Milliseconds: the page asks every five seconds."""


def check_sees(name: str, code: str, *found: str) -> None:
    """Record what a check of this name saw, as the sweep does."""
    now = timezone.now()
    NameProof.objects.filter(name=name).update(next_check_at=now)
    (proof,) = claims.claim(NameProof.objects.filter(name=name).values_list("pk", flat=True), at=now)
    params = {"name": name, "kind": "TXT"}
    value, where = proof.challenge.value, f"_dnsauth.{name}"
    seen = Outcome(code == "proven", code, value, where, found, params)
    proofs.record_outcomes([(proof, seen, now)], by=SYSTEM, at=now)


def focused(page: Page, read: str) -> Any:
    return page.evaluate(f"document.activeElement.{read}")


def test_O7_without_scripts_no_button_is_dead_and_the_page_can_be_asked_again(
    make_certificate: MakeCertificate, alice: Actor, sit: Sit
) -> None:
    case = submitted(make_certificate(brand="geotrust", names=NAMES), alice, at=timezone.now())
    page = sit(alice.user, **NO_SCRIPTS)
    page.goto(f"/requests/{case.pk}/ownership/")
    assert page.locator("button.copy").count() > 0
    assert not any(button.is_visible() for button in page.locator("button.copy").all())
    page.get_by_role("button", name="Check now").click()
    page.get_by_role("link", name="Refresh").click()
    assert page.locator("dd code").first.inner_text() == "_dnsauth.a.example"


def test_O7_what_renews_itself_keeps_the_focus_what_is_open_and_what_is_selected(
    make_certificate: MakeCertificate, alice: Actor, sit: Sit
) -> None:
    case = submitted(make_certificate(brand="geotrust", names=NAMES), alice, at=timezone.now())
    page = sit(alice.user, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/requests/{case.pk}/ownership/")
    name = page.locator("section.card", has=page.get_by_role("heading", name="b.example", exact=False))
    name.get_by_text("Formats to copy").click()
    button = name.locator("details[open] button.copy").first
    button.focus()
    copied = button.get_attribute("data-copy")
    check_sees("b.example", "record_differs", "v=spf1 -all")
    name.get_by_text("holds another value").wait_for(timeout=SOON)
    assert (focused(page, "dataset.copy"), name.locator("details[open]").count()) == (copied, 1)
    assert "b.example: The TXT record at" in page.locator("#proofs-said").inner_text()

    name.locator("dd code").first.select_text()
    check_sees("b.example", "record_other_case", "AB" * 20)
    page.wait_for_timeout(7_000)
    assert page.evaluate("getSelection().toString()") == "_dnsauth.b.example"  # and nothing was renewed meanwhile
    page.evaluate("getSelection().removeAllRanges()")
    name.get_by_text("in capital letters").wait_for(timeout=SOON)

    check_sees("b.example", "proven", case.challenge_value)  # the focused button goes; its block stays
    name.locator(".chip.issued").wait_for(timeout=SOON)
    # The focus is set a moment after the new content is there.
    page.wait_for_function("id => document.activeElement.id === id", arg=name.get_attribute("id"), timeout=SOON)
