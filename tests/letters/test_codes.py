"""The QR code of a letter: another request's is refused by name, a missing one is a hint."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from revocation.letters.fields import LetterFields, Row
from revocation.letters.inspection import LetterRejected, inspect
from revocation.letters.kinds import APPLICATION_KINDS
from revocation.letters.limits import Limits
from revocation.letters.qr import LetterCode
from revocation.letters.receipt import receipt_pdf
from revocation.letters.template import application_letter
from tests.letters.made import FIELDS, good, in_process, saved

HERE = LetterCode.of("RR-2026-000123", "AB12" * 16)


def scanned(fields: LetterFields, turn: float = 0) -> bytes:
    """The letter as a scanner at 150 dots an inch gives it, a little askew."""
    page = pypdfium2.PdfDocument(application_letter(fields))[0]
    image: Image.Image = page.render(scale=150 / 72).to_pil().convert("RGB")
    return saved(image.rotate(turn, fillcolor="white", expand=True), "JPEG", quality=70)


def hints(data: bytes, name: str = "l.jpg") -> set[str]:
    facts = inspect(data, file_name=name, accepted=APPLICATION_KINDS, expected=(HERE,), reader=in_process)
    return {hint.code for hint in facts.hints}


@pytest.mark.parametrize("turn", [0, 2, -3, 90, 180])
def test_own_letter_is_recognised_however_it_lies(turn: float) -> None:
    assert "no_code" not in hints(scanned(FIELDS, turn))


def test_own_letter_as_pdf_is_recognised() -> None:
    assert "no_code" not in hints(application_letter(FIELDS), "l.pdf")


def test_missing_code_is_a_hint() -> None:
    assert "no_code" in hints(good("jpg"))


@pytest.mark.parametrize(
    ("changed", "code", "named"),
    [
        ({"request_number": "R-000099"}, "other_request", "R-000099"),
        ({"fingerprint": "cd34" * 16}, "other_certificate", "cd34" * 16),
    ],
)
def test_letter_of_another_is_refused_by_name(changed: dict[str, Any], code: str, named: str) -> None:
    with pytest.raises(LetterRejected) as error:
        hints(scanned(replace(FIELDS, **changed)))
    assert error.value.code == code
    assert named in str(error.value)
    assert "bytes" not in str(error.value)  # neither kind nor size is wrong


def test_the_real_child_reads_codes_within_its_limits() -> None:
    with pytest.raises(LetterRejected) as error:
        inspect(
            scanned(replace(FIELDS, request_number="R-000099")),
            file_name="l.jpg",
            accepted=APPLICATION_KINDS,
            expected=(HERE,),
        )
    assert error.value.code == "other_request"


def with_codes(*pages: list[str]) -> bytes:
    """A PDF with QR codes, three in a row."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    for texts in pages:
        for number, text in enumerate(texts):
            row, column = divmod(number, 3)
            square = Drawing(120, 120)
            square.add(QrCodeWidget(text, barWidth=120, barHeight=120))
            renderPDF.draw(square, canvas, 60 + 160 * column, 650 - 160 * row)
        canvas.showPage()
    canvas.save()
    return target.getvalue()


STRANGERS = [f"https://weixin.example/{number}" for number in range(Limits().max_codes)]


def test_codes_of_others_say_nothing() -> None:
    assert "no_code" in hints(with_codes(STRANGERS), "l.pdf")


def test_own_code_is_found_behind_strangers() -> None:
    assert "no_code" not in hints(with_codes(STRANGERS, [str(HERE)]), "l.pdf")


@pytest.mark.parametrize("text", ["", "certportal:", "certportal:R-1:xyz", f"certportal:<b>:{'ab' * 32}", "https://x"])
def test_codes_that_are_not_ours_say_nothing(text: str) -> None:
    assert LetterCode.parsed(text) is None


def test_the_code_of_a_receipt_says_which_certificate_it_is_about() -> None:
    data = receipt_pdf("R-1", "AB12" * 16, [Row("单位名称", "Organisation", ["Example"])])
    page = pypdfium2.PdfDocument(data)[0].render(scale=150 / 72).to_pil().convert("L")
    assert [(code.text, code.ec_level) for code in zxingcpp.read_barcodes(page)] == [("AB12" * 16, "M")]
