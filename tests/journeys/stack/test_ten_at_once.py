"""Ten certificates of mixed kinds, of two organisations, selected in the list and revoked in one go (issue 6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.journeys.stack.conftest import Person
from tests.journeys.steps.deciding import CASE, decide
from tests.journeys.steps.stock import ERIN, PREFIX
from tests.journeys.steps.walking import RITA, RON, approve, press_unless_done, upload_letter, wait_for_state

pytestmark = pytest.mark.browser

LogIn = Callable[..., Person]
AURORA = [f"{PREFIX}{kind}.aurora.example" for kind in ("f1", "sm2", "f2", "f4", "file")]
PROVEN_BY_US = ["auto.aurora.example", "proxied.aurora.example", "*.exempt.aurora.example"]
XINGHE = [f"{PREFIX}{kind}.xinghe.example" for kind in ("ev", "dns")]
REFUSED = {"expired.aurora.example": "expired", f"{PREFIX}renewing.aurora.example": "renewal"}
REJECTED = f"{PREFIX}sm2.aurora.example"


def choose(erin: Person, names: list[str]) -> None:
    erin.page.goto("/certificates/?rows=100")
    for name in names:
        erin.page.get_by_role("checkbox", name=f"Select {name} (").check()
    erin.page.locator("button[form=chosen]").click()


def one_reason_for_all(erin: Person) -> list[str]:
    """Give one reason for all. Returns the addresses of the two filings, one for each organisation."""
    erin.page.check("input[name=reason][value='4']")
    erin.page.fill("textarea[name=reason_text]", "All of them are replaced.")
    erin.page.locator("form[action='/certificates/together/'] button").click()
    erin.page.wait_for_url(re.compile(r"/together/\d+/$"))
    other = erin.page.locator("main p.note a[href^='/together/']").get_attribute("href")
    return [erin.page.url, f"{erin.portal.url}{other}"]


def one_letter_a_route(erin: Person, filing: str, folder: Path) -> int:
    """Upload letters until none is missing. Returns how many it took."""
    for letters in range(5):
        erin.page.goto(filing)
        missing = erin.page.locator("td a[href$='/letter/']")
        if not missing.count():
            return letters
        missing.first.click()
        upload_letter(erin, folder)
    raise AssertionError("a letter is missing for ever")


def requests_of(erin: Person, filing: str) -> dict[str, str]:
    """Map the name of each certificate to the address of its request."""
    erin.page.goto(filing)
    rows = erin.page.locator("table.list tbody tr")
    found = {}
    for row in rows.all():
        name = row.locator("td").nth(1).inner_text().split("\n")[0].split(" (")[0]
        found[name] = erin.portal.url + (row.locator("td a").first.get_attribute("href") or "")
    return found


@pytest.mark.usefixtures("stock")
def test_ten_of_mixed_kinds_end_revoked_or_refused_with_the_reason(log_in: LogIn, tmp_path: Path) -> None:
    erin, rita, ron = log_in(ERIN), log_in(RITA), log_in(RON)
    choose(erin, [*AURORA, *PROVEN_BY_US, *XINGHE, *REFUSED])
    refused = erin.page.locator("section[aria-labelledby=refused]").inner_text()
    assert all(name in refused and why in refused for name, why in REFUSED.items())
    requests: dict[str, str] = {}
    for filing, letters in zip(one_reason_for_all(erin), (2, 1), strict=True):  # F2 and F4 of one, F4 of the other
        assert one_letter_a_route(erin, filing, tmp_path) == letters
        requests |= requests_of(erin, filing)
        erin.page.locator("form[action$='/submit/'] button").click()
        erin.page.locator("main p.success").wait_for()
    assert sorted(requests) == sorted([*AURORA, *PROVEN_BY_US, *XINGHE])

    erin.page.goto("/demo/")
    for form in [form.get_attribute("action") for form in erin.page.locator("form[action*='/publish/']").all()]:
        erin.page.goto("/demo/")
        press_unless_done(erin, f"form[action='{form}'] button")
    for name in requests:
        if "-f" in name and "file" not in name:
            approve(requests[name], rita)
    approve(requests[f"{PREFIX}ev.xinghe.example"], rita, ron)
    number = requests[REJECTED].rstrip("/").rsplit("/", 1)[1]
    decide(rita, CASE.format(number), "reject", "It is still in use.")

    for name, address in requests.items():
        wait_for_state(erin, address, "rejected" if name == REJECTED else "revoked", seconds=90)
    erin.page.goto(requests[REJECTED])
    assert "It is still in use." in erin.page.locator("main").inner_text()
