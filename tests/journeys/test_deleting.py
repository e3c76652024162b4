"""L7: a customer deletes a revoked certificate and is told what stays. Request, history and receipt are found again."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from revocation.models import Actor, Certificate
from revocation.services.review import decisions
from tests.conftest import MakeCertificate
from tests.journeys.conftest import Sit
from tests.journeys.steps.looking import OVERFLOW, picture, violations
from tests.people import LOOKED_AT, NOW, submitted
from tests.support.scripted import tell_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def revoked(make_certificate: MakeCertificate, alice: Actor, ron: Actor) -> Certificate:
    case = submitted(make_certificate("www.aurora.example"), alice)
    decisions.approve(case.pk, by=ron, at=NOW, checked=LOOKED_AT)
    tell_all()
    return case.certificate


@pytest.mark.parametrize("size", [{"width": 390, "height": 844}, {"width": 1280, "height": 900}], ids=["390", "1280"])
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_L7_what_was_deleted_is_found_again(
    sit: Sit, revoked: Certificate, alice: Actor, size: Any, language: str
) -> None:
    assert alice.user
    alice.user.language = language
    alice.user.save()
    page, own = sit(alice.user, viewport=size), f"/certificates/{revoked.pk}/"
    page.goto(own)
    page.locator(f"a[href='{own}delete/']").click()
    receipt = page.locator("#receipt a").first.get_attribute("href")
    assert violations(page) == []
    assert page.evaluate(OVERFLOW) <= 0
    picture(page, f"delete-confirmation-{language}-{size['width']}")
    page.locator("main form button.grave").click()
    page.wait_for_url("**/certificates/")
    expect(page.locator("table.certificates")).to_have_count(0)
    page.goto("/requests/")
    page.locator("table.list tbody a").first.click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    expect(page.locator("#receipt")).to_be_visible()
    page.locator(f"main a[href='{own}']").first.click()
    expect(page.locator(f"a[href='{receipt}']")).to_be_visible()
    assert page.locator("main form").count() == 0
    assert violations(page) == []
    assert page.evaluate(OVERFLOW) <= 0
    picture(page, f"certificate-deleted-{language}-{size['width']}")
    page.goto(f"{own}revoke/")
    expect(page.locator(f"main a[href='{own}']")).to_be_visible()
