"""What a machine can say of how a page looks, and where the pictures for people go."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

LOOKS = {"en": (("light", 1280), ("dark", 390)), "zh-CN": (("dark", 1280), ("light", 390))}
"""Language → contrast and width (CSS pixels): together each contrast and each width is seen in each language."""
STATUS = {"not-found": 404, "locked-409": 409, "decide-too-late": 409}
"""Pages that do not answer with 200, by name."""

PICTURES = Path("build/screenshots")
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""CSS pixels by which a page is wider than its window."""

DJANGOS_OWN = {"exclude": [[".help-tooltip"], ["th.original"]]}
"""Parts of two widgets of Django's admin that axe finds fault with, and that no template or style of ours makes."""

AT_REST = """() => Promise.allSettled(document.getAnimations()
    .filter(each => Number.isFinite(each.effect.getComputedTiming().endTime)).map(each => each.finished))"""
"""Waits for the colours that are still on their way to others: the admin's links take 0.15 s from light to dark."""


def violations(page: Page) -> list[str]:
    """Of accessibility, by axe: all of them, not the serious alone."""
    page.evaluate(AT_REST)
    found = Axe().run(page, context=DJANGOS_OWN).response["violations"]
    return [f"{v['id']}: {v['help']} {[n['html'][:120] for n in v['nodes'][:3]]}" for v in found]


def picture(page: Page, name: str) -> None:
    """Of one step of a journey, as wide as the window is, for people to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)


def faults(page: Page, name: str, address: str, language: str) -> list[str]:
    """Open one page, on the desk with a decision unfolded, take its pictures, and say what is wrong with it."""
    found = []
    answer = page.goto(address)
    if answer is None or answer.status != STATUS.get(name, 200):
        found.append(f"{name} {address}: {answer and answer.status}")
    if (decision := page.locator(".decisions summary")).count():
        decision.first.click()
    for scheme, width in LOOKS[language]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        folder = PICTURES / f"{language}-{width}-{scheme}"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", full_page=True)
        if (wide := page.evaluate(OVERFLOW)) > 0:
            found.append(f"{name} {address}: {wide} pixels too wide at {width}")
        found += [f"{name} {address} {scheme} {width}: {each}" for each in violations(page)]
    return found


def all_faults(page: Page, addresses: Mapping[str, str], language: str) -> str:
    """Of all these pages, a line each; empty when all is well."""
    return "\n".join(fault for name, at in addresses.items() for fault in faults(page, name, at, language))
