"""The letters to sign: complete, legible, deterministic, and unmoved by hostile text (routes F2, F4)."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from pypdf import PdfReader
from reportlab.pdfbase.pdfmetrics import stringWidth

from revocation.letters import drawing, fonts
from revocation.letters.fields import LetterFields
from revocation.letters.inspection import inspect
from revocation.letters.kinds import APPLICATION_KINDS
from revocation.letters.template import application_letter, confirmation_letter, without_form
from revocation.letters.text import fitted, groups, plain, wrapped
from tests.letters.made import FIELDS, in_process

pytestmark = pytest.mark.slow

BOTH = pytest.mark.parametrize("letter", [application_letter, confirmation_letter])
Letter = Callable[[LetterFields], bytes]
HOSTILE = [
    "<b>bold</b><para><img src='file:///etc/passwd'/>",
    "&lt;&#x41;&",
    "a\x00b\x1b[31m\r\nc\td",
    "\u202egpj.exe\u2066",
    "A" * 100_000,
    "汉" * 5000,
    "word " * 5000,
    ") Tj (x",
    "\\) \\( \\\\",
    "\ud800",
    "😀🔏",
    "%(x)s {count} {0}",
    "\u200b\u200d\ufeff",
    "",
    " ",
    "ا" * 300,
    "e\u0301" * 2000,
]


def text_of(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    return "\n".join(document[number].get_textpage().get_text_range() for number in range(len(document)))


@BOTH
def test_F2_F4_letter_says_everything(letter: Letter) -> None:
    text = text_of(letter(FIELDS)).replace("\r\n", "\n")
    for expected in (
        "RR-2026-000123",
        "示例科技有限公司",
        "www.example.cn",
        "CN=Example OV CA",
        "0A1B 2C3D 4E5F",
        "AB12 AB12",
        "2026-01-01 00:00",
        "2027-01-01 00:00",
        "The site is closed",
        "2026-11-24",
        "单位公章",
        "Signature",
        "不再使用",
    ):
        assert expected in text


def test_F2_F4_titles_differ() -> None:
    assert "证书吊销申请表" in text_of(application_letter(FIELDS))
    assert "证书吊销确认函" in text_of(confirmation_letter(FIELDS))


@BOTH
def test_same_fields_give_the_same_bytes(letter: Letter) -> None:
    assert letter(FIELDS) == letter(FIELDS)
    assert letter(FIELDS) != letter(replace(FIELDS, request_number="RR-2"))


@BOTH
def test_qr_code_can_be_read_from_the_picture(letter: Letter) -> None:
    page = inspect(letter(FIELDS), file_name="l.pdf", accepted=APPLICATION_KINDS, reader=in_process).pages[0]
    (found,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(page.data)))
    assert found.text == f"certportal:RR-2026-000123:{'ab12' * 16}"


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
@BOTH
def test_hostile_text_changes_nothing_but_itself(letter: Letter, hostile: str) -> None:
    everywhere = replace(
        FIELDS,
        organisation=hostile,
        names=(hostile,) * 9,
        issuer=hostile,
        reason=hostile,
        explanation=hostile,
        request_number=hostile,
        serial_number=hostile,
        fingerprint=hostile,
    )
    data = letter(everywhere)
    assert len(data) < 400_000
    assert len(PdfReader(io.BytesIO(data)).pages) == 2
    text = text_of(data)
    assert "单位公章" in text
    assert "\u202e" not in text
    inspect(data, file_name="l.pdf", accepted=APPLICATION_KINDS, reader=in_process)


def test_markup_is_printed_as_it_is() -> None:
    assert "<b>bold</b> &amp;" in text_of(application_letter(replace(FIELDS, reason="<b>bold</b> &amp;")))


@pytest.mark.parametrize(("names", "pages"), [(1, 1), (5, 1), (6, 2), (113, 2), (114, 3), (977, 10), (978, 10)])
def test_many_names_continue_on_as_many_pages_as_may_come_back(names: int, pages: int) -> None:
    data = application_letter(replace(FIELDS, names=tuple(f"n{i}.example.cn" for i in range(names))))
    assert len(PdfReader(io.BytesIO(data)).pages) == pages
    text = text_of(data)
    assert all(f"n{i}.example.cn" in text for i in range(min(names, 977)))
    assert ("and 1 more names that the certificate lists" in text) == (names == 978)
    assert inspect(data, file_name="l.pdf", accepted=APPLICATION_KINDS, reader=in_process)


RARE = "\U00020bb7\u4dae"
"""A character beyond the Basic Multilingual Plane, and one of Extension A: both are in names of people and places."""


def test_a_character_without_form_is_a_box_and_is_named() -> None:
    fields = replace(FIELDS, organisation=f"{RARE[0]}野家{RARE[1]}公司", explanation=RARE[0])
    assert without_form(fields) == list(RARE)
    assert without_form(FIELDS) == []
    assert "□野家□公司" in text_of(confirmation_letter(fields))


def test_what_is_said_to_be_common_has_a_form() -> None:
    assert fonts._forms() >= fonts.COMMON
    assert fonts.has_form(fonts.MISSING)


def test_table_ends_above_the_box_for_the_seal(monkeypatch: pytest.MonkeyPatch) -> None:
    bottoms: list[float] = []
    original = drawing.Sheet.signature
    monkeypatch.setattr(
        drawing.Sheet,
        "signature",
        lambda sheet, *words: (bottoms.append(sheet.y), original(sheet, *words))[1],
    )
    long = "很长的文字 and words " * 200
    full = replace(
        FIELDS,
        organisation=long,
        names=(long,) * 9,
        issuer=long,
        serial_number="ab" * 500,
        reason=long,
        explanation=long,
    )
    confirmation_letter(full)
    application_letter(full)
    assert min(bottoms) > drawing.SIGNATURE_BOTTOM + drawing.SIGNATURE_HEIGHT + 5


def test_wrapping_is_bounded_and_loses_nothing_before_its_end() -> None:
    def measure(text: str) -> float:
        return stringWidth(text, "Helvetica", 10)

    lines = wrapped("one two three four five six seven", measure, 60, 10)
    assert " ".join(lines) == "one two three four five six seven"
    assert all(measure(line) <= 60 for line in lines)
    assert len(wrapped("x" * 500, measure, 60, 3)) == 3
    assert wrapped("", measure, 60, 3) == []
    assert fitted("x" * 50, measure, 60).endswith("…")


def test_cleaning() -> None:
    assert plain(" a\n\x00\u202eb \ud800") == "a b"
    assert groups("ab:cd:ef") == "ABCD EF"
