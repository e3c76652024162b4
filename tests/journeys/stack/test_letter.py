"""A letter before it is final: preview, refusals and warnings, on a phone, with and without scripts (F7, F8)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page

from demo.requests import stamped_letter
from tests.journeys.stack.conftest import Person
from tests.journeys.steps.looking import picture
from tests.journeys.steps.stock import LETTER_F2, LETTER_F4
from tests.journeys.steps.walking import ALICE, give_reason, open_certificate

pytestmark = pytest.mark.browser

LogIn = Callable[..., Person]
PHONE = {"width": 390, "height": 844}


def saved(image: Image.Image, form: str) -> bytes:
    file = io.BytesIO()
    image.save(file, form)
    return file.getvalue()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """The files on a customer's phone: a page scanned from the wrong side, the letter, and files that are none."""
    blank = Image.new("RGB", (620, 877), "white")
    ImageDraw.Draw(blank).line((40, 40, 52, 40), "black", 2)
    letter = stamped_letter()
    contents = {
        "blank.jpg": saved(blank, "JPEG"),
        "letter.jpg": letter,
        "letter.pdf": saved(Image.open(io.BytesIO(letter)), "PDF"),
        "picture.pdf": letter,
        "large.jpg": letter + bytes(1_468_007 - len(letter)),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.fixture
def browser(browser_that_shows_pdf: Browser) -> Browser:
    return browser_that_shows_pdf


@pytest.fixture
def begin(log_in: LogIn, stock: None) -> Iterator[Callable[..., Person]]:
    """A function that begins a draft and opens the page of its letter. Drafts are discarded for the next journey."""
    drafts: list[Person] = []

    def at_the_letter(name: str, **options: object) -> Person:
        person = log_in(ALICE, viewport=PHONE, **options)
        give_reason(person, open_certificate(person, name))
        person.page.wait_for_url(re.compile(r"/requests/\d+/letter/$"))
        drafts.append(person)
        return person

    yield at_the_letter
    for person in drafts:
        person.page.goto(person.page.url.split("/letter/")[0].rstrip("/") + "/")
        person.page.locator("summary", has_text=re.compile("Discard")).click()
        person.page.locator("form[action$='/discard/'] button").click()


def choose(page: Page, file: Path) -> None:
    page.set_input_files("#letter", str(file))


def send(page: Page, file: Path) -> None:
    choose(page, file)
    page.locator("#upload button").click()
    page.wait_for_url(re.compile(r"/letter/(check/)?$"))


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_F8_a_warning_is_read_another_file_is_kept_and_that_is_final(
    begin: Callable[..., Person], files: Path, scripts: bool
) -> None:
    alice = begin(LETTER_F2, java_script_enabled=scripts)
    page = alice.page
    send(page, files / "blank.jpg")
    page.wait_for_url("**/check/")
    warning = page.locator(".note.warning")
    assert re.search(r"almost blank: 0\.0\d? % of it is covered", warning.inner_text())
    assert "No red seal was found: 0.0 %" in warning.inner_text()
    assert page.get_by_role("img", name="Page 1 of the letter").bounding_box()["width"] <= PHONE["width"]
    picture(alice.page, f"letter-warning-{'with' if scripts else 'without'}-scripts")
    page.get_by_role("button", name="Select another file").click()
    send(page, files / "letter.jpg")
    page.wait_for_url("**/check/")
    assert page.locator(".note.warning").count() == 0
    page.get_by_role("button", name="Keep this letter").click()
    page.wait_for_url(re.compile(r"/requests/\d+/$"))
    assert page.get_by_role("link", name="letter.jpg").is_visible()
    page.goto(page.url + "letter/")
    assert page.locator("input[type=file]").count() == 0
    assert "You cannot upload it again" in page.locator("main").inner_text()


def test_F7_what_is_no_letter_is_said_at_once_and_a_pdf_is_shown_before_it_is_sent(
    begin: Callable[..., Person], files: Path
) -> None:
    alice = begin(LETTER_F4)
    page, complaints = alice.page, []
    page.on("console", lambda message: complaints.append(message.text))
    problem, preview = page.locator("#problem"), page.locator("#preview")
    for name, said in {"large.jpg": "1468007 bytes", "picture.pdf": "which is JPG"}.items():
        choose(page, files / name)
        problem.filter(has_text=said).wait_for()
        assert preview.is_hidden()
    choose(page, files / "letter.jpg")
    preview.locator("img").wait_for()
    assert problem.inner_text() == ""
    choose(page, files / "letter.pdf")
    preview.locator("iframe").wait_for()
    assert reddest(page) > 100  # the seal, drawn by the browser's own viewer
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    picture(alice.page, "letter-preview")
    with alice.context.expect_page() as opened:
        page.get_by_role("link", name="Open in a new tab").click()
    assert opened.value.url.startswith("blob:")
    assert complaints == []  # nothing that the content security policy had to stop
    send(page, files / "letter.pdf")
    page.get_by_text("The letter is uploaded.").wait_for()


def reddest(page: Page) -> int:
    """Return the largest excess of red over green in the visible preview. Waits for the viewer to draw it."""
    most = 0
    for _ in range(40):
        shot = Image.open(io.BytesIO(page.locator("#preview iframe").screenshot())).convert("RGB")
        most = max(red - green for _, (red, green, _blue) in shot.getcolors(shot.width * shot.height))  # type: ignore[misc]
        if most > 100:
            break
        page.wait_for_timeout(250)
    return most


def test_a_browser_that_shows_no_pdf_says_so_and_offers_to_open_it(begin: Callable[..., Person], files: Path) -> None:
    page = begin(LETTER_F4).page
    page.evaluate("Object.defineProperty(navigator, 'pdfViewerEnabled', { get: () => false })")
    choose(page, files / "letter.pdf")
    page.get_by_text("This browser cannot show a PDF on the page.").wait_for()
    assert page.locator("#preview iframe").is_hidden()
    assert page.get_by_role("link", name="Open in a new tab").is_visible()
