"""Pictures are shown as people see them, and encoded by us (threats 3, 6, 7)."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from revocation.letters.facts import HINTS
from revocation.letters.inspection import inspect
from revocation.letters.limits import Limits
from revocation.letters.sandbox import run_child
from revocation.letters.structure import jpeg
from revocation.letters.structure.foreign import IN_A_PICTURE
from tests.letters.made import (
    ANY_KIND,
    chunk,
    drawn,
    gif,
    good,
    in_process,
    pdf,
    png,
    refusal,
    resized_jpeg,
    saved,
    scans_repeated,
)


def shown(data: bytes, name: str) -> Image.Image:
    facts = inspect(data, file_name=name, accepted=ANY_KIND, reader=in_process)
    return Image.open(io.BytesIO(facts.pages[0].data))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_png_mode_is_shown(mode: str) -> None:
    image = drawn(mode="I").convert("I;16") if mode == "I;16" else drawn(mode=mode)
    assert shown(saved(image, "PNG"), "l.png").mode in ("L", "RGB")


def test_cmyk_and_mpo_jpegs_are_shown() -> None:
    assert shown(saved(drawn(mode="CMYK"), "JPEG"), "l.jpg").mode == "RGB"
    mpo = saved(drawn(), "MPO", save_all=True, append_images=[drawn(100, 100)])
    assert shown(mpo, "l.jpg").size == (827, 1169)


def test_sixteen_bits_keep_their_brightness() -> None:
    image = Image.new("I;16", (400, 400), 40_000)
    brightness: Any = shown(saved(image, "PNG", compress_level=0), "l.png").getpixel((9, 9))
    assert abs(brightness - 156) <= 2


def test_transparent_parts_become_paper() -> None:
    image = Image.new("RGBA", (900, 900), (0, 0, 0, 0))
    assert shown(saved(image, "PNG", compress_level=1), "l.png").getpixel((5, 5)) == (255, 255, 255)


def test_rotation_of_a_phone_is_applied_and_metadata_is_gone() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "secret place"
    picture = shown(saved(drawn(), "JPEG", exif=exif), "l.jpg")
    assert picture.size == (1169, 827)
    assert not picture.getexif()
    assert set(picture.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_longest_side_is_bounded() -> None:
    assert max(shown(saved(drawn(3000, 4200), "JPEG"), "l.jpg").size) == 2000


def test_threat_6_two_inspections_give_the_same_pictures() -> None:
    for kind in ("jpg", "png", "gif", "pdf"):
        letter = good(kind)  # made once: a PDF carries the second it was made in
        first, second = (inspect(letter, file_name=f"l.{kind}", accepted=ANY_KIND, reader=in_process) for _ in "12")
        assert first == second


BOMBS = {
    "png 20000": (png(20_000, 20_000), "l.png", "too_many_pixels"),
    "png 2^31": (png(2**31 - 1, 2**31 - 1), "l.png", "too_many_pixels"),
    "png 0": (png(0, 10), "l.png", "unreadable"),
    "gif 65535": (gif(65_535, 65_535), "l.gif", "too_many_pixels"),
    "gif frames": (gif(10, 10, 10_000), "l.gif", "animated"),
    "gif no frame": (gif(10, 10, 0), "l.gif", "unreadable"),
    "apng": (png(10, 10, chunk(b"acTL", bytes(8))), "l.png", "animated"),
    "jpeg 65535": (resized_jpeg(65_535, 65_535), "l.jpg", "too_many_pixels"),
    "jpeg 0": (resized_jpeg(0, 10), "l.jpg", "unreadable"),
    "jpeg scans": (scans_repeated(200, 200), "l.jpg", "too_many_scans"),
    "no header png": (b"\x89PNG\r\n\x1a\n" + bytes(2000), "l.png", "unreadable"),
    "bad gif block": (gif(9, 9).replace(b"\x21\xfe", b"\x99\xfe"), "l.gif", "unreadable"),
    "jpeg only": (b"\xff\xd8" + b"\xff" * 2000, "l.jpg", "unreadable"),
    "jpeg no pixels": (b"\xff\xd8\xff\xfe\x08\x00" + bytes(2046) + b"\xff\xd9", "l.jpg", "unreadable"),
}


def no_reader(data: bytes, kind: str, limits: Limits) -> bytes:
    raise AssertionError("it should have been refused before it was decoded")


@pytest.mark.parametrize("bomb", BOMBS)
def test_threat_3_bombs_are_refused_before_decoding(bomb: str) -> None:
    data, name, code = BOMBS[bomb]
    assert refusal(data, name, reader=no_reader).code == code


def test_threat_3_more_than_the_limit_by_one_pixel() -> None:
    data = saved(drawn(500, 400), "PNG")
    assert refusal(data, "l.png", limits=Limits(max_pixels=199_999)).code == "too_many_pixels"
    inspect(data, file_name="l.png", accepted=ANY_KIND, limits=Limits(max_pixels=200_000), reader=in_process)


@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "pdf"])
@pytest.mark.parametrize("mark", [
    b"%PDF-1.4", b"<?php system(1);", b"<?PHP x", b"<script>alert(1)</script>", b"<HTML>", b"Rar!\x1a\x07",
    b"PK\x03\x04 name PK\x05\x06" + bytes(18), b"<!DOCTYPE html>",
])  # fmt: skip
def test_threat_7_polyglots_are_refused(kind: str, mark: bytes) -> None:
    rejected = refusal(good(kind) + mark, f"l.{kind}", reader=no_reader)
    assert rejected.code == "foreign_content"


@pytest.mark.parametrize("mark", [b"<?php system(1);", pdf()], ids=["php", "pdf"])
def test_threat_7_marks_in_a_comment_are_refused(mark: bytes) -> None:
    assert refusal(saved(drawn(), "JPEG", comment=mark), "l.jpg", reader=no_reader).code == "foreign_content"


ACTIVE = (
    b"<svg/onload=alert(1)>", b"<details open ontoggle=alert(1)>", b'<img src="x"onerror=alert(1)>', b"<x onclick=a()>",
    b"<video><source onerror=alert(1)>", b"<script/src=//a.example></script>", b"<meta http-equiv=refresh content=0>",
    b"<style>@import'//a.example'</style>", b"<base href=//a.example>", b"<embed/src=x>", b"<%= 7*7 %>", b"<?=`id`?>",
    b"<svg><script href=//a.example>",
)  # fmt: skip
SMALL = b"1 0 obj<</Pages 2 0 R>>endobj 2 0 obj<</Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Parent 2 0 R>>endobj"


@pytest.mark.parametrize("mark", ACTIVE)
def test_threat_7_tags_that_do_something_are_refused_in_a_comment(mark: bytes) -> None:
    assert refusal(saved(drawn(), "JPEG", comment=mark), "l.jpg", reader=no_reader).code == "foreign_content"
    remark = pdf().replace(b"%" + b"\xe2\xe3" * 500, (b"% " + mark).ljust(1001), 1)
    assert refusal(remark).code == "foreign_content"


@pytest.mark.parametrize("between", [b"\t0\tobj", b" 0obj", b" 0\0obj", b" 0%a\nobj", b" % a\r0 obj"])
@pytest.mark.parametrize("header", [b"%PDF-1.4\n", b"%PDF-a\n"])
def test_threat_7_a_pdf_in_a_picture_is_refused_however_it_is_spaced(header: bytes, between: bytes) -> None:
    comment = header + SMALL.replace(b" 0 obj", between)
    assert refusal(saved(drawn(), "JPEG", comment=comment), "l.jpg", reader=no_reader).code == "foreign_content"


@pytest.mark.parametrize("kind", ["png", "gif"])
def test_threat_7_bytes_behind_the_end(kind: str) -> None:
    assert refusal(good(kind) + b"something", f"l.{kind}", reader=no_reader).code == "trailing_data"
    inspect(good(kind) + bytes(9), file_name=f"l.{kind}", accepted=ANY_KIND, reader=in_process)


def test_threat_7_what_a_camera_appends_is_not_shown() -> None:
    facts = inspect(good("jpg") + b"SEFT trailer", file_name="l.jpg", accepted=ANY_KIND, reader=in_process)
    assert b"SEFT" not in facts.pages[0].data


@pytest.mark.parametrize("kind", ["png", "gif", "pdf"])
@pytest.mark.parametrize("percent", [20, 35, 50, 65, 80, 95, 99])
def test_F7_cut_off_files_are_refused(kind: str, percent: int) -> None:
    data = good(kind)
    cut = data[: max(1025, len(data) * percent // 100)]
    assert refusal(cut, f"l.{kind}", reader=no_reader).code == "truncated"


@pytest.mark.parametrize("percent", [20, 50, 80])
def test_F7_cut_off_jpegs_are_refused(percent: int) -> None:
    data = good("jpg")
    assert refusal(data[: len(data) * percent // 100], "l.jpg", reader=run_child).code == "truncated"


def test_a_jpeg_may_fill_up_before_its_markers() -> None:
    plain, end = good("jpg"), jpeg.survey(good("jpg")).end
    filled = plain[:2] + b"\xff" * 3 + plain[2 : end - 2] + b"\xff" * 4 + plain[end - 2 :]
    found = jpeg.survey(filled)
    assert (found.width, found.height, found.end) == (827, 1169, end + 7)
    assert found.complete


@pytest.mark.parametrize(("blanks", "refused"), [(0, True), (9, True), (10, False)])
def test_threat_7_a_whole_page_that_begins_a_line_is_refused(blanks: int, refused: bool) -> None:
    page = b"text\n" + b" " * blanks + b"<!DOCTYPE html>\n<p>"
    assert bool(IN_A_PICTURE[-1][1].search(page)) is refused
    assert not IN_A_PICTURE[-1][1].search(page.replace(b"\n ", b". ").replace(b"\n<!", b".<!"))


def test_F7_a_picture_as_large_as_may_be_fits_into_the_child() -> None:
    """A picture with a palette and a transparent colour needs the most memory for its bytes."""
    large = saved(Image.new("P", (6300, 6300), 255), "PNG", transparency=3)
    assert inspect(large, file_name="l.png", accepted=ANY_KIND, reader=run_child).pages


HINTED = {
    "almost_blank": (saved(Image.new("RGB", (900, 1200), "white"), "JPEG"), "l.jpg"),
    "very_dark": (saved(Image.new("RGB", (900, 1200), "black"), "JPEG"), "l.jpg"),
    "too_small_to_read": (saved(drawn(300, 420), "PNG", compress_level=0)[:], "l.png"),
    "no_red_seal": (saved(drawn(seal=False), "PNG"), "l.png"),
}


@pytest.mark.parametrize("code", HINTED)
def test_hints(code: str) -> None:
    data, name = HINTED[code]
    relaxed = Limits(max_bytes=10_000_000)
    facts = inspect(data, file_name=name, accepted=ANY_KIND, limits=relaxed, reader=in_process)
    figures = {hint.code: hint.figure for hint in facts.hints}
    assert code in figures
    assert str(figures[code]) in HINTS[code] % {"figure": figures[code]}


def test_hint_lower_part_missing() -> None:
    image = drawn(1000, 1400)
    image.paste((128, 128, 128), (0, 900, 1000, 1400))
    facts = inspect(saved(image, "JPEG"), file_name="l.jpg", accepted=ANY_KIND, reader=in_process)
    assert "lower_part_missing" in {hint.code for hint in facts.hints}


def test_hints_look_at_all_pages_of_a_pdf() -> None:
    pages = saved(drawn(seal=False), "PDF", save_all=True, append_images=[drawn()])
    facts = inspect(pages, file_name="l.pdf", accepted=ANY_KIND, reader=in_process)
    assert len(facts.pages) == 2
    assert facts.hints == ()
    assert "almost_blank" in {
        h.code for h in inspect(pdf(), file_name="l.pdf", accepted=ANY_KIND, reader=in_process).hints
    }
