"""Checks by machine of how a page looks, and pictures of pages for people."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.support.effort import LONG

LOOKS: dict[str, tuple[tuple[str, int], ...]] = {
    "en": (("light", 1280), ("dark", 390)),
    "zh-CN": (("dark", 1280), ("light", 390)),
}
"""Language → pairs of contrast and width (CSS pixels). Each contrast and each width is seen in each language."""
if LONG:
    LOOKS = dict.fromkeys(LOOKS, tuple(LOOKS["en"] + LOOKS["zh-CN"]))
STATUS = {"not-found": 404, "locked-409": 409, "decide-too-late": 409}
"""Pages that do not answer with 200, by name."""

PICTURES = Path("build/screenshots")
WITH_PICTURES = os.environ.get("PICTURES") == "1"
"""Take a picture of every page in every look, and of single steps: `make screenshots`."""

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""CSS pixels by which a page is wider than its window."""

DJANGOS_OWN = {"exclude": [[".help-tooltip"], ["th.original"]]}
"""Parts of two widgets of Django's admin that axe finds fault with. No template or style of ours makes them."""

ALL_RULES: Mapping[str, object] = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
"""All rules that axe knows, with that of WCAG 2.2 which it leaves out unless asked. What passed is not handed over:
that took as long as finding it."""
OF_A_LANGUAGE: Mapping[str, object] = {
    "resultTypes": ["violations"],
    "runOnly": [
        *("html-has-lang", "html-lang-valid", "valid-lang", "document-title", "empty-heading", "page-has-heading-one"),
        *("button-name", "link-name", "label", "image-alt", "summary-name", "label-content-name-mismatch"),
        *("color-contrast", "target-size"),
    ],
}
"""The rules whose findings depend on the words, and those of colours. The elements are the same in each language."""
OF_A_WIDTH: Mapping[str, object] = {"resultTypes": ["violations"], "runOnly": ["target-size"]}
"""The rules whose findings depend on the width. Both contrasts have all rules: one in each language."""

AXE = f"async options => (await axe.run({json.dumps(DJANGOS_OWN)}, options)).violations"

AT_REST = """() => document.getAnimations()
    .filter(each => Number.isFinite(each.effect.getComputedTiming().endTime)).forEach(each => each.finish())"""
"""Finishes changes of colour: the admin's links take 0.15 s from light to dark. Waiting for them may never end, since
a window that nobody sees draws nothing."""


def violations(page: Page, rules: Mapping[str, object] = ALL_RULES) -> list[str]:
    """Return all violations of accessibility that axe finds, not the serious ones alone."""
    page.evaluate(AT_REST)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(AXE, rules)
    return [f"{v['id']}: {v['help']} {[n['html'][:120] for n in v['nodes'][:3]]}" for v in found]


def picture(page: Page, name: str) -> None:
    """Take a picture of one step of a journey, as wide as the window is, for people to look at, if they are wanted."""
    if not WITH_PICTURES:
        return
    path = PICTURES / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=True)


def faults(page: Page, name: str, address: str, language: str) -> list[str]:
    """Open one page and return what is wrong with it. On the desk, the first decision is unfolded."""
    found = []
    answer = page.goto(address)
    if answer is None or answer.status != STATUS.get(name, 200):
        found.append(f"{name} {address}: {answer and answer.status}")
    if (decision := page.locator(".decisions summary")).count():
        decision.first.click()
    rules = ALL_RULES if LONG or language == "en" else OF_A_LANGUAGE
    for scheme, width in LOOKS[language]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        picture(page, f"{language}-{width}-{scheme}/{name}")
        if (wide := page.evaluate(OVERFLOW)) > 0:
            found.append(f"{name} {address}: {wide} pixels too wide at {width}")
        found += [f"{name} {address} {scheme} {width}: {each}" for each in violations(page, rules)]
        rules = ALL_RULES if LONG else OF_A_WIDTH
    return found


def all_faults(page: Page, addresses: Mapping[str, str], language: str) -> str:
    """Return the faults of all these pages, one a line. The text is empty when all is well."""
    return "\n".join(fault for name, at in addresses.items() for fault in faults(page, name, at, language))
