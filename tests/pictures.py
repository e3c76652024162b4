"""The README's pictures: one page of each desk, taken from a demo that is running. `make pictures` calls this.

Usage: python -m tests.pictures http://127.0.0.1:PORT (the demo's people have the password in DEMO_PASSWORD).
"""

from __future__ import annotations

import io
import math
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"
WIDTH, HEIGHT = 1280, 880  # CSS pixels
COLOURS = 160
"""Few enough that a page stays below `LARGEST`, enough for its icons and the letter."""
LARGEST = 120 * 1024  # bytes
CERTIFICATE = "f4.aurora.example"
WORDS = "We moved the shop to new servers, which have a new key and a new certificate."
RED, INK = (200, 20, 30), (30, 40, 120)


def main(url: str) -> None:
    """File a request as a customer, then take a picture of it on each desk.

    Raises `playwright.sync_api.Error` where a page is not as expected.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        with signed_in(browser, url, "alice@aurora.example") as page:
            number = file_request(page)
            keep(page, "request.png")
        with signed_in(browser, url, "rita@certportal.example") as page:
            page.goto(f"/admin/revocation/revocationrequest/{number}/change/")
            keep(page, "case.png")
        browser.close()


@contextmanager
def signed_in(browser: Browser, url: str, email: str) -> Iterator[Page]:
    """Yield a page on which this person of the demo is signed in, in English and in the light colours."""
    window: ViewportSize = {"width": WIDTH, "height": HEIGHT}
    context = browser.new_context(base_url=url, locale="en-GB", color_scheme="light", viewport=window)
    page = context.new_page()
    page.goto("/accounts/login/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", os.environ["DEMO_PASSWORD"])
    page.locator("form:has(input[name=password]) button").click()
    page.wait_for_url("**/certificates/")
    yield page
    context.close()


def file_request(page: Page) -> str:
    """Ask for the revocation of `CERTIFICATE`, with its letter, as a customer does. Returns the request's number."""
    page.goto(f"/certificates/?q={CERTIFICATE}")
    page.locator("table.certificates td a", has_text=re.compile(rf"^{re.escape(CERTIFICATE)}$")).first.click()
    page.wait_for_url(re.compile(r"/certificates/\d+/$"))
    page.goto(page.url + "revoke/")
    page.check("input[name=reason][value='4']")
    page.fill("textarea[name=reason_text]", WORDS)
    page.locator("main form.card button:not([name=later])").click()
    page.wait_for_url("**/letter/")
    letter = signed_letter(page.context.request.get(page.url + "template.pdf").body())
    page.set_input_files("input[type=file]", {"name": "letter.jpg", "mimeType": "image/jpeg", "buffer": letter})
    page.locator("form#upload button").click()
    page.wait_for_url(re.compile(r"/requests/\d+/(letter/check/)?$"))
    if page.url.endswith("check/"):
        page.locator("form[action$='/keep/'] button").click()
        page.wait_for_url(re.compile(r"/requests/\d+/$"))
    page.locator("main form[action$='/submit/'] button").click()
    page.wait_for_url(re.compile(r"/requests/\d+/(\?.*)?$"))
    return page.url.split("/requests/")[1].split("/")[0]


def signed_letter(template: bytes) -> bytes:
    """Return a JPEG like a scan of the template's first page, with a signature, a name and a seal."""
    scan = pypdfium2.PdfDocument(template)[0].render(scale=2).to_pil().convert("RGB")
    draw, wide, high = ImageDraw.Draw(scan), scan.width, scan.height
    draw.text((wide * 0.25, high * 0.811), "Alice, Aurora Shop Ltd", fill=INK, font_size=20)
    swing = [(wide * (0.26 + 0.002 * step), high * (0.775 - 0.012 * math.sin(step / 4))) for step in range(90)]
    draw.line(swing, fill=INK, width=4, joint="curve")
    middle = (wide * 0.75, high * 0.86)
    draw.circle(middle, wide * 0.075, outline=RED, width=7)
    draw.text(middle, "AURORA\nSHOP LTD", fill=RED, font_size=26, anchor="mm", align="center")
    buffer = io.BytesIO()
    scan.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def keep(page: Page, name: str) -> None:
    """Write what the window shows as a PNG of few colours. Raises `ValueError` when it is larger than `LARGEST`."""
    page.wait_for_load_state("networkidle")
    with Image.open(io.BytesIO(page.screenshot())) as shot:
        few = shot.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    path = FOLDER / name
    few.save(path, optimize=True)
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path} has {path.stat().st_size} bytes; fewer COLOURS make it smaller")


if __name__ == "__main__":
    main(sys.argv[1])
