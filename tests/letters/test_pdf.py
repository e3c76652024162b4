"""What a PDF may not contain, wherever it hides, and what it may cost (threats 4, 5)."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from pypdf import PdfReader, PdfWriter

from revocation.letters.inspection import inspect
from revocation.letters.limits import Limits
from revocation.letters.reading.pdf_features import FEATURES
from revocation.letters.reading.pdf_objects import objects_in
from tests.letters.made import (
    ANY_KIND,
    compressed,
    drawn,
    encrypted,
    good,
    in_process,
    pdf,
    refusal,
    revised,
    saved,
    stream,
)

pytestmark = pytest.mark.slow

ACTIONS = {
    "JavaScript": b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>",
    "Launch": b"<< /S /Launch /F (calc.exe) >>",
    "SubmitForm": b"<< /S /SubmitForm /F (http://example.test/) >>",
    "ImportData": b"<< /S /ImportData /F (data.fdf) >>",
    "GoToR": b"<< /S /GoToR /F (other.pdf) /D [0 /Fit] >>",
    "GoToE": b"<< /S /GoToE /D [0 /Fit] >>",
    "attached": b"<< /Type /Filespec /F (a.exe) /EF << /F 9 0 R >> >>",
    "XFA": b"<< /XFA [(template) 9 0 R] >>",
    "rich media": b"<< /Type /Annot /Subtype /RichMedia >>",
    "film": b"<< /S /Movie >>",
    "sound": b"<< /S /Sound >>",
    "Rendition": b"<< /S /Rendition >>",
    "another computer": b"<< /S /URI /URI (\\\\\\\\host\\\\share) >>",
    "runs by itself": b"<< /AA << /O << /S /URI /URI (http://example.test) >> >> >>",
    "SetOCGState": b"<< /S /SetOCGState /State [/OFF 9 0 R] >>",
}


BEGINNINGS = {
    b"12 0 obj 5 endobj": [12],
    b"x12%y\n0%z\r obj 5 endobj": [12],
    b"12 0 12 0 obj 5 endobj": [12],
    b"+12 0 obj 5 endobj": [None],
    b"1.2 -3obj 5 endobj": [None],
    b"12345678901 0 obj 5": [None],
    b"trailer %x\n<< >>": [None],
    b"5 trailer <<>> 1 0 obj": [None, 1],
    b"trailer 7 0 obj 5": [7],
    b"12obj 12 obj t 0 obj trailer": [],
}


@pytest.mark.parametrize("text", BEGINNINGS)
def test_objects_begin_where_viewers_find_them(text: bytes) -> None:
    assert [found.number for found in objects_in(text, Limits()).found] == BEGINNINGS[text]


def escaped(action: bytes) -> bytes:
    """Each name's first letter written as a hexadecimal escape: ``/#4aavaScript``."""
    parts = action.split(b"/")
    return b"/".join([parts[0], *(b"#%02x" % part[0] + part[1:] if part else part for part in parts[1:])])


HIDING_PLACES: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda action: pdf(action, catalog=b"/Names 4 0 R"),
    "unreferenced": lambda action: pdf(action),
    "object stream": compressed,
    "escaped": lambda action: pdf(escaped(action), catalog=b"/Names 4 0 R"),
    "second revision": lambda action: revised(pdf(), 4, action),
    "in the catalog": lambda action: pdf(catalog=b"/Names << /Deep [[[" + action + b"]]] >>"),
    "escaped in an object stream": lambda action: compressed(escaped(action)),
}


@pytest.mark.parametrize("place", HIDING_PLACES)
@pytest.mark.parametrize("name", ACTIONS)
def test_threat_5_features_are_found_wherever_they_hide(name: str, place: str) -> None:
    rejected = refusal(HIDING_PLACES[place](ACTIONS[name]))
    assert rejected.code == "pdf_feature"
    expected = "Filespec" if name == "attached" else name
    assert any(word in str(rejected) for word in (expected, "another file", "attached", "another computer"))


@pytest.mark.parametrize("feature", sorted(name for name in FEATURES if len(name) > 6))
def test_threat_5_first_revision_is_searched_too(feature: str) -> None:
    first = pdf(b"<< /S %s >>" % feature.encode())
    assert refusal(revised(first, 4, b"<< /Nothing true >>")).params["feature"] == FEATURES[feature]


def test_threat_5_opening_actions() -> None:
    assert refusal(pdf(catalog=b"/OpenAction << /S /URI /URI (http://a.test) >>")).code == "pdf_feature"
    for harmless in (b"/OpenAction [3 0 R /Fit]", b"/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"):
        inspect(pdf(catalog=harmless), file_name="l.pdf", accepted=ANY_KIND, reader=in_process)


def test_threat_5_external_stream_and_attachment() -> None:
    assert "another file" in str(refusal(pdf(stream(b"", b"/F (http://a.test/x)"))))
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(good("pdf"))))
    writer.add_attachment("run.exe", b"MZ")
    target = io.BytesIO()
    writer.write(target)
    assert refusal(target.getvalue()).code == "pdf_feature"


def test_a_link_to_a_web_page_is_harmless() -> None:
    link = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (https://example.test/) >> >>"
    inspect(pdf(link, page=b"/Annots [4 0 R]"), file_name="l.pdf", accepted=ANY_KIND, reader=in_process)


def test_encrypted_is_refused() -> None:
    assert refusal(encrypted()).code == "pdf_encrypted"


@pytest.mark.parametrize(("pages", "code"), [(1, None), (10, None), (11, "pdf_too_many_pages")])
def test_number_of_pages(pages: int, code: str | None) -> None:
    more = [drawn(60, 80) for _ in range(pages - 1)]
    data = saved(drawn(60, 80), "PDF", save_all=True, append_images=more)
    if code:
        assert refusal(data).code == code
    else:
        facts = inspect(data, file_name="l.pdf", accepted=ANY_KIND, reader=in_process)
        assert len(facts.pages) == pages


def test_no_page() -> None:
    empty = pdf().replace(b"/Kids [3 0 R] /Count 1", b"/Kids [     ] /Count 0")
    assert refusal(empty, reader=None).code in {"pdf_no_pages", "unreadable"}


def test_threat_4_too_many_objects() -> None:
    limits = Limits(max_pdf_objects=100)
    assert refusal(pdf(*[b"null"] * 100), limits=limits).code == "pdf_too_many_objects"


@pytest.mark.parametrize("box", [b"[0 0 14400 14400]", b"[0 0 1e9 1e9]", b"[0 0 5 14400]", b"[-9 -9 9 9]"])
def test_threat_4_page_sizes_are_bounded(box: bytes) -> None:
    data = pdf().replace(b"[0 0 595 842]", box)
    facts = inspect(data, file_name="l.pdf", accepted=ANY_KIND)
    assert max(facts.pages[0].width, facts.pages[0].height) <= 2000


def test_threat_6_filled_in_fields_are_shown() -> None:
    look = stream(b"0 0 300 300 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 300 300]")
    field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (x) /F 4 /Rect [100 100 400 400] /AP << /N 5 0 R >> >>"
    data = pdf(field, look, catalog=b"/AcroForm << /Fields [4 0 R] >>", page=b"/Annots [4 0 R]")
    facts = inspect(data, file_name="l.pdf", accepted=ANY_KIND, reader=in_process)
    assert "almost_blank" not in {hint.code for hint in facts.hints}


DAMAGED = {
    "kids loop": pdf().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"),
    "reference to itself": pdf(b"4 0 R", page=b"/Contents 4 0 R"),
    "page is a number": pdf().replace(b"/Type /Page /Parent", b"/Type /Pork /Parent"),
    "no root": pdf().replace(b"/Root 1 0 R", b"/Root 99 0 R"),
    "previous is itself": pdf(trailer=b"/Prev 1100"),
    "deep arrays": pdf(b"[" * 20_000 + b"]" * 20_000),
    "deep dictionaries": pdf(b"<< /A " * 9_000 + b"1" + b" >>" * 9_000),
    "huge number": pdf(b"9" * 5000),
    "huge length": pdf(b"<< /Length 99999999999 >>\nstream\nx\nendstream"),
    "only marks": b"%PDF-1.7\n" + bytes(2000) + b"%%EOF",
}


@pytest.mark.parametrize("case", DAMAGED)
def test_threat_4_damaged_files_end_in_a_sentence_or_a_picture(case: str) -> None:
    try:
        refusal(DAMAGED[case], reader=None)
    except AssertionError:
        facts = inspect(DAMAGED[case], file_name="l.pdf", accepted=ANY_KIND)
        assert len(facts.pages) == 1


def test_threat_4_count_that_lies() -> None:
    try:
        rejected = refusal(pdf(count=10**9), reader=None)
    except AssertionError:
        facts = inspect(pdf(count=10**9), file_name="l.pdf", accepted=ANY_KIND)
        assert len(facts.pages) == 1
    else:
        assert rejected.code in {"pdf_ambiguous", "unreadable", "too_costly"}


def test_object_stream_is_really_read_by_the_test_file() -> None:
    reader = PdfReader(io.BytesIO(compressed(b"<< /Found (yes) >>")))
    found: Any = reader.get_object(5)
    assert found == {"/Found": "yes"}
