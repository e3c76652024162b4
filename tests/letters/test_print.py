"""The letters as poppler sees them: a program that did not write them tells fonts, text and pages (F2, F4)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from revocation.letters import fonts
from revocation.letters.fields import JointFields, LetterFields, Listed, Row
from revocation.letters.receipt import receipt_pdf
from revocation.letters.template import letter
from revocation.letters.text import groups
from revocation.letters.wording import APPLICATION, CONFIRMATION, Wording
from tests.letters.made import FIELDS

INSTALL = "apt-get install --no-install-recommends poppler-utils"
ORGANISATION = "示例科技有限公司"
LONGEST_ORGANISATION = "很长的单位名称" * 40
NAMES = tuple(f"n{number}.example.cn" for number in range(200))
JOINT = JointFields(
    number="J-2026-000007",
    organisation=ORGANISATION,
    certificates=tuple(
        Listed(f"RR-{n}", NAMES[n : n + 3], "CN=Example OV CA", f"{n:012x}", f"{n:064x}",
               FIELDS.not_before, FIELDS.not_after) for n in range(30)
    ),
    reason="superseded",
    prepared_on=FIELDS.prepared_on,
)  # fmt: skip
KINDS = pytest.mark.parametrize("kind", [APPLICATION, CONFIRMATION], ids=["application", "confirmation"])
FORMS = pytest.mark.parametrize("fields", [FIELDS, JOINT], ids=["one", "joint"])
Poppler = Callable[..., str]


@pytest.fixture
def poppler(tmp_path: Path) -> Poppler:
    """`poppler("pdftotext", data, "-layout")`: what the tool says of the PDF."""
    if shutil.which("pdffonts") is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"poppler is missing: {INSTALL}")

    def said(tool: str, data: bytes, *options: str) -> str:
        file = tmp_path / "letter.pdf"
        file.write_bytes(data)
        target = ["-"] if tool == "pdftotext" else []
        command = [tool, *options, str(file), *target]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    return said


def unembedded(listing: str) -> list[str]:
    """The lines of `pdffonts` whose column *emb* says no. The columns are as wide as the rule below their heads."""
    head, _rule, *lines = listing.splitlines()
    at = head.index("emb")
    assert lines
    return [line for line in lines if line[at : at + 3] != "yes"]


@KINDS
@FORMS
def test_F2_F4_every_font_is_embedded_and_pages_are_a4(
    poppler: Poppler, kind: Wording, fields: LetterFields | JointFields
) -> None:
    data = letter(kind, fields)
    assert unembedded(poppler("pdffonts", data)) == []
    sizes = re.findall(r"Page +\d+ size: +(.+)", poppler("pdfinfo", data, "-f", "1", "-l", "99"))
    assert sizes
    assert {size.split("(")[-1] for size in sizes} == {"A4)"}


def test_receipt_has_every_font_embedded(poppler: Poppler) -> None:
    data = receipt_pdf("RR-1", "ab", [Row("单位名称", "Organisation", [ORGANISATION])])
    assert unembedded(poppler("pdffonts", data)) == []
    assert ORGANISATION in poppler("pdftotext", data)


def test_typeface_has_its_licence_beside_it() -> None:
    assert "Apache License" in (fonts.FILE.parent / "LICENSE").read_text()
    assert fonts.FILE.name in (fonts.FILE.parent / "NOTICE").read_text()


@KINDS
def test_F2_F4_what_is_compared_can_be_copied_as_text(poppler: Poppler, kind: Wording) -> None:
    text = " ".join(poppler("pdftotext", letter(kind, FIELDS), "-layout").split())
    for value in (FIELDS.request_number, ORGANISATION, FIELDS.issuer, groups(FIELDS.serial_number), FIELDS.reason):
        assert value in text
    assert len(re.findall("AB12", text)) == 16


@KINDS
def test_joint_letter_names_every_certificate(poppler: Poppler, kind: Wording) -> None:
    text = poppler("pdftotext", letter(kind, JOINT), "-layout")
    for value in (JOINT.number, ORGANISATION, JOINT.reason):
        assert value in text
    for entry in JOINT.certificates:
        assert groups(entry.serial_number) in text
        assert groups(entry.fingerprint) in text
        assert entry.request_number in text


@KINDS
def test_all_of_200_names_and_the_longest_organisation_leave_the_rest_in_its_place(
    poppler: Poppler, kind: Wording
) -> None:
    text = poppler("pdftotext", letter(kind, replace(FIELDS, names=NAMES, organisation=LONGEST_ORGANISATION)))
    shown = set(re.findall(r"\bn\d+\.example\.cn", text))
    counted = [int(number) for number in re.findall(r"另有 (\d+) 个域名", text)]
    assert counted == [200 - 5]
    assert len(shown) == 200
    assert LONGEST_ORGANISATION[:30] in text
    assert "…" in text
    for value in (FIELDS.reason, "单位公章"):
        assert value in text


def test_long_organisation_in_the_list_hides_neither_reason_nor_issuer(poppler: Poppler) -> None:
    entry = replace(JOINT.certificates[0], organisation=LONGEST_ORGANISATION, reason="key is known to others")
    text = poppler("pdftotext", letter(APPLICATION, replace(JOINT, certificates=(entry,))))
    for value in (LONGEST_ORGANISATION[:7], "key is known to others", "CN=Example OV CA"):
        assert value in text
