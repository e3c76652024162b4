"""What a machine can say of how a page looks, and where the pictures for people go."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

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
