"""Which files are letters at all: kind by content, name, size (rules F2, F4, F7; threats 1, 2)."""

from __future__ import annotations

import pytest

from revocation.letters import kinds
from revocation.letters.inspection import LetterRejected, inspect
from revocation.letters.limits import Limits
from tests.letters.made import ANY_KIND, good, in_process, png, refusal

ROUTES = {"F2": kinds.APPLICATION_KINDS, "F4": kinds.CONFIRMATION_KINDS}


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind", kinds.BY_CODE)
def test_F2_F4_each_route_takes_its_three_kinds(route: str, kind: str) -> None:
    if kind in ROUTES[route]:
        facts = inspect(good(kind), file_name=f"l.{kind}", accepted=ROUTES[route], reader=in_process)
        assert (facts.kind, facts.media_type) == (kind, kinds.BY_CODE[kind].media_type)
    else:
        with pytest.raises(LetterRejected) as caught:
            inspect(good(kind), file_name=f"l.{kind}", accepted=ROUTES[route], reader=in_process)
        assert caught.value.code == "kind_not_accepted"


@pytest.mark.parametrize("kind", kinds.BY_CODE)
def test_every_kind_is_read_by_the_real_child(kind: str) -> None:
    facts = inspect(good(kind), file_name=f"Letter.{kind.upper()}", accepted=ANY_KIND)
    assert len(facts.pages) == 1
    assert facts.pages[0].data.startswith(b"\xff\xd8\xff")
    assert facts.hints == ()


def padded(size: int) -> bytes:
    """A good JPEG of exactly `size` bytes, or the beginning of one."""
    data = good("jpg")
    room = b"".join(b"\xff\xfe\xff\xff" + bytes(0xFFFD) for _ in range((size - len(data)) // 0x10001))
    data = data[:2] + room + data[2:]
    rest = size - len(data)
    return (
        data[:size] if rest < 4 else data[:2] + b"\xff\xfe" + (rest - 2).to_bytes(2, "big") + bytes(rest - 4) + data[2:]
    )


@pytest.mark.parametrize(
    ("size", "code"),
    [(0, "empty"), (1, "too_small"), (1024, "too_small"), (1025, "truncated"), (1_468_007, "too_large")],
)
def test_F7_sizes_outside(size: int, code: str) -> None:
    data = padded(size)
    assert len(data) == size
    assert refusal(data, "letter.jpg", reader=None).code == code


def test_F7_largest_size_is_inclusive() -> None:
    data = padded(1_468_006)
    assert inspect(data, file_name="l.jpeg", accepted=ANY_KIND, reader=in_process).size == 1_468_006


def test_F7_smallest_size_is_more_than_1024() -> None:
    data = png(20, 20, rows=bytes(21 * 20))
    cut = Limits(min_bytes=len(data))
    assert inspect(data, file_name="l.png", accepted=ANY_KIND, limits=cut, reader=in_process).size == len(data)
    assert refusal(data, "l.png", limits=Limits(min_bytes=len(data) + 1)).code == "too_small"


def test_F7_a_cut_upload_is_told_by_its_whole_size() -> None:
    rejected = refusal(b"\xff\xd8\xff" * 10, "l.jpg", size=5_000_000)
    assert rejected.code == "too_large"
    assert "5000000" in str(rejected)


@pytest.mark.parametrize("content", kinds.BY_CODE)
@pytest.mark.parametrize("claimed", ["jpg", "jpeg", "JPG", "png", "gif", "pdf", "exe", "txt", "jpg ", "pdf\u202e", ""])
def test_F7_name_and_content_must_agree(content: str, claimed: str) -> None:
    name = f"letter.{claimed}"
    if claimed.lower() in kinds.BY_CODE[content].extensions:
        assert inspect(good(content), file_name=name, accepted=ANY_KIND, reader=in_process).kind == content
    else:
        assert refusal(good(content), name).code == ("name_disagrees" if claimed else "name_without_extension")


@pytest.mark.parametrize("name", ["letter", "", ".", "letter."])
def test_F7_no_extension(name: str) -> None:
    assert refusal(good("pdf"), name).code == "name_without_extension"


@pytest.mark.parametrize("earlier", ["exe", "php", "jpg", "png", "html", "js", "svg"])
def test_F7_double_extension(earlier: str) -> None:
    assert refusal(good("pdf"), f"letter.{earlier}.pdf").code == "name_pretends"


@pytest.mark.parametrize("name", ["www.example.com.pdf", "letter v1.2.pdf", "letter.pdf.pdf", "..pdf", "信函.PDF"])
def test_F7_dots_in_a_name_are_fine(name: str) -> None:
    assert inspect(good("pdf"), file_name=name, accepted=ANY_KIND, reader=in_process).kind == "pdf"


STRANGERS = {
    b"PK\x03\x04": "ZIP",
    b"\xd0\xcf\x11\xe0": "Office",
    b"RIFF1234WEBP": "WebP",
    b"\0\0\0\x18ftypheic": "HEIC",
    b"\0\0\0\x18ftypisom": "video",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"BM1234\0\0\0\0": "BMP",
    b"MZ": "program",
    b"\x7fELF": "program",
    b"%!PS-Adobe": "PostScript",
    b"{\\rtf1": "RTF",
    b"<!DOCTYPE html>": "web page",
    b"<?php echo 1;": "web page",
    b"<svg": "SVG",
    b"junk\n%PDF-1.4": "before its beginning",
    b"plain " * 50: "text",
    b"\x01\x02": "unknown",
    b"\n%PDF-1.7": "before its beginning",
    b"GIF88a": "unknown",
    b"%PDF-x": "unknown",
}


@pytest.mark.parametrize("beginning", STRANGERS)
@pytest.mark.parametrize("extension", ["jpg", "jpeg", "png", "gif", "pdf"])
def test_F7_the_refusal_names_what_was_found(beginning: bytes, extension: str) -> None:
    rejected = refusal(beginning + bytes(2000), f"letter.{extension}", reader=None)
    assert rejected.code == "unknown_kind"
    assert STRANGERS[beginning] in str(rejected)


def test_F7_the_refusal_is_complete() -> None:
    with pytest.raises(LetterRejected) as caught:
        inspect(good("png"), file_name="letter.png", accepted=kinds.APPLICATION_KINDS)
    assert str(caught.value) == (
        "The file is a PNG file, which is not accepted here. Accepted are JPG, GIF or PDF files of at least "
        "1025 bytes (more than 1 KB) and at most 1468006 bytes (1.4 MB)."
    )
