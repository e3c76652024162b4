"""The QR code of a letter: another request's is refused by name, a missing one is a hint."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pypdfium2
import pytest
from PIL import Image

from revocation.letters.inspection import LetterRejected, inspect
from revocation.letters.kinds import APPLICATION_KINDS
from revocation.letters.qr import LetterCode
from revocation.letters.template import LetterFields, application_letter
from tests.letters.made import good, in_process, saved

FIELDS = LetterFields(
    request_number="R-000012",
    organisation="示例科技有限公司",
    names=("www.example.cn",),
    issuer="CN=Example OV CA",
    serial_number="0a1b",
    fingerprint="ab12" * 16,
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
    reason="The site is closed",
    prepared_on=date(2026, 11, 24),
)
HERE = LetterCode.of("R-000012", "AB12" * 16)


def scanned(fields: LetterFields, turn: float = 0) -> bytes:
    """The letter as a scanner at 150 dots an inch gives it, a little askew."""
    page = pypdfium2.PdfDocument(application_letter(fields))[0]
    image: Image.Image = page.render(scale=150 / 72).to_pil().convert("RGB")
    return saved(image.rotate(turn, fillcolor="white", expand=True), "JPEG", quality=70)


def hints(data: bytes, name: str = "l.jpg") -> set[str]:
    facts = inspect(data, file_name=name, accepted=APPLICATION_KINDS, expected=HERE, reader=in_process)
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
def test_letter_of_another_is_refused_by_name(changed: dict[str, str], code: str, named: str) -> None:
    with pytest.raises(LetterRejected) as error:
        hints(scanned(replace(FIELDS, **changed)))
    assert error.value.code == code
    assert named in str(error.value)


def test_the_real_child_reads_codes_within_its_limits() -> None:
    with pytest.raises(LetterRejected) as error:
        inspect(
            scanned(replace(FIELDS, request_number="R-000099")),
            file_name="l.jpg",
            accepted=APPLICATION_KINDS,
            expected=HERE,
        )
    assert error.value.code == "other_request"


@pytest.mark.parametrize("text", ["", "certportal:", "certportal:R-1:xyz", f"certportal:<b>:{'ab' * 32}", "https://x"])
def test_codes_that_are_not_ours_say_nothing(text: str) -> None:
    assert LetterCode.parsed(text) is None
