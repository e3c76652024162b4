"""The page of a delegation shows by itself what the DNS has now, and the focus stays where it is (O1, O7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from certportal.accounts.models import Customer
from revocation.models import Actor
from revocation.ownership.delegation import target_name
from revocation.services.ownership import delegations
from revocation.worker import DUTIES, run_once
from tests.journeys.conftest import Sit
from tests.servers.dns_server import DnsServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

DOMAIN, WHERE = "shop.example", "_dnsauth.shop.example"
SOON = 60_000
"""Milliseconds: the page asks every five seconds."""


@pytest.fixture
def dns(settings: Any) -> Iterator[DnsServer]:
    with DnsServer() as server:
        server.answer(DOMAIN, "A", "192.0.2.1")
        settings.DNS_RESOLVERS = [f"127.0.0.1:{server.port}"]
        yield server


def worker_looks() -> None:
    run_once(next(duty for duty in DUTIES if duty.name == "check delegations"))


def focused(page: Page, read: str) -> Any:
    return page.evaluate(f"document.activeElement.{read}")


def test_O1_the_page_sees_the_record_when_it_is_there(dns: DnsServer, alice: Actor, sit: Sit, settings: Any) -> None:
    owner = Customer.objects.get(users=alice.user)
    delegation = delegations.add(owner.pk, DOMAIN, "dns_proxy", by=alice, at=timezone.now())
    target = target_name(delegation.token, settings.DELEGATION_ZONE)
    page = sit(alice.user)
    page.goto(f"/delegations/{delegation.pk}/")
    button = page.locator(f"button.copy[data-copy='{target}']").first
    button.focus()
    worker_looks()
    page.locator("#state").get_by_text(f"There is no CNAME record at {WHERE}").wait_for(timeout=SOON)
    assert focused(page, "dataset.copy") == target

    dns.answer(WHERE, "CNAME", "elsewhere.example.")
    page.locator("#check-now").focus()  # it is inside the part that is renewed
    delegations.check_now(delegation.pk, by=alice, at=timezone.now())
    worker_looks()
    page.locator("#state").get_by_text("points to elsewhere.example").wait_for(timeout=SOON)
    assert focused(page, "id") == "check-now"

    dns.answer(WHERE, "CNAME", f"{target}.")
    delegations.check_now(delegation.pk, by=alice, at=timezone.now())
    worker_looks()
    page.locator("#state .chip.good, #state .chip.issued").wait_for(timeout=SOON)
    assert focused(page, "id") == "check-now"
    assert f"{WHERE} points to {target}" in page.locator("#state-said").inner_text()  # a screen reader reads it aloud
