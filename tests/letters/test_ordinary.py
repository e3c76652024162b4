"""F7: an ordinary letter is not refused for the words in its links, its title, its names or its writing."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from revocation.letters.inspection import inspect
from tests.letters import ordinary
from tests.letters.made import ANY_KIND, in_process, named, pdf, refusal
from tests.support.effort import rounds

pytestmark = pytest.mark.slow

CHROMIUM = shutil.which("chromium")
PRINTED = """<title>&lt;html&gt; /JavaScript</title><h1 id="Launch">/S /JavaScript, %PDF-1.4 and &lt;script&gt;</h1>
<a href="#Launch">there</a> <a href="https://shop.example/Collection">c</a> <a href="https://shop.example/Launch">l</a>
<a href="https://shop.example/JavaScript">j</a> <a href="mailto:legal@shop.example?subject=/JS">m</a>
<input value="/Launch"><p style="font-size: 50px; color: red">SEAL</p>"""
CONVERTERS = {
    "pdftocairo": ("-pdf", "{given}", "{made}"),
    "pdfunite": ("{given}", "{given}", "{made}"),
    "pdfseparate": ("-f", "1", "-l", "1", "{given}", "{made}"),
}
"""Poppler's programs that write a PDF. A machine may lack them."""


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return dict(ordinary.files())


def test_F7_an_ordinary_letter_is_accepted(files: dict[str, bytes]) -> None:
    assert len(files) >= 190
    for name, data in list(files.items())[:: rounds(4, 1)]:
        with named(name):
            assert inspect(data, file_name=name, accepted=ANY_KIND, reader=in_process).pages


@pytest.fixture(scope="module")
def printed() -> dict[str, bytes]:
    """What Chromium prints to a PDF, plain, and with bookmarks and tags."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page()
        page.set_content(PRINTED)
        made = {"plain": page.pdf(), "tagged": page.pdf(outline=True, tagged=True)}
        page.set_content(PRINTED + '<a href="javascript:alert(1)">x</a>')
        made["with a script"] = page.pdf()
        browser.close()
    return made


@pytest.mark.browser
@pytest.mark.parametrize("how", ["plain", "tagged"])
def test_F7_what_a_browser_prints_is_accepted(printed: dict[str, bytes], how: str) -> None:
    assert inspect(printed[how], file_name="printed.pdf", accepted=ANY_KIND).pages


@pytest.mark.browser
def test_threat_5_a_link_that_runs_a_script_is_still_refused(printed: dict[str, bytes]) -> None:
    assert "a link that runs a script" in str(refusal(printed["with a script"]))


@pytest.mark.parametrize("program", list(CONVERTERS))
def test_F7_what_other_programs_make_of_it_is_accepted(files: dict[str, bytes], program: str, tmp_path: Path) -> None:
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")
    given, made = tmp_path / "given.pdf", tmp_path / "made.pdf"
    given.write_bytes(files["reportlab, link 3.pdf"])
    words = [word.format(given=given, made=made) for word in CONVERTERS[program]]
    subprocess.run([program, *words], check=True, capture_output=True, timeout=60)
    assert inspect(made.read_bytes(), file_name="made.pdf", accepted=ANY_KIND, reader=in_process).pages


def test_threat_7_a_second_document_is_told_from_one_that_was_saved_again(files: dict[str, bytes]) -> None:
    twice = files["pillow, appended.pdf"]
    assert twice.count(b"%PDF-") > 1
    for other in (twice, pdf(), files["reportlab, link 0.pdf"]):
        assert refusal(twice + other).params["foreign"] == "a second PDF document"
        assert refusal(pdf() + other).params["foreign"] == "a second PDF document"


@pytest.mark.parametrize("page", [b"<html><body>x</body></html>", b"<?php echo 1; ?>", b"<script>alert(1)</script>"])
def test_threat_7_a_page_between_the_parts_of_a_pdf_is_refused(page: bytes) -> None:
    """The page has another end mark behind it, or is in a remark before the first object."""
    whole = pdf()
    assert refusal(whole + page + b"\n" + whole[whole.rindex(b"startxref") :]).code == "foreign_content"
    padded = whole.replace(b"%" + b"\xe2\xe3" * 500, (b"% " + page).ljust(1001), 1)
    assert refusal(padded).code == "foreign_content"
