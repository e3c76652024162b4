"""International names follow IDNA 2008; Python's own codec is IDNA 2003 and makes one name of two."""

from __future__ import annotations

import pytest

from revocation.pki.names import NameRefused, as_written, canonical_dns_name
from revocation.pki.search import read, spellings, words


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("straße.example", "xn--strae-oqa.example"),
        ("STRASSE.example", "strasse.example"),
        ("Bücher.Example.", "xn--bcher-kva.example"),
        ("bu\u0308cher.example", "xn--bcher-kva.example"),
        ("中文.example", "xn--fiq228c.example"),
        ("中文。example", "xn--fiq228c.example"),
        ("*.faß.example", "*.xn--fa-hia.example"),
        ("ｗｗｗ.example", "www.example"),
        ("βόλος.example", "xn--nxasmm1c.example"),  # the final sigma is a letter of its own
    ],
)
def test_a_name_is_read_by_idna_2008(typed: str, canonical: str) -> None:
    assert canonical_dns_name(typed) == canonical


@pytest.mark.parametrize(
    "name", ["☕.example", "a\u200db.example", "ü" * 80 + ".example", "-ü.example", "ü_.example", "。。"]
)
def test_what_idna_2008_does_not_allow_is_refused(name: str) -> None:
    with pytest.raises(NameRefused):
        canonical_dns_name(name)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("xn--strae-oqa.example", "straße.example"),
        ("*.xn--bcher-kva.example", "*.bücher.example"),
        ("XN--BCHER-KVA.example", "bücher.example"),
        ("xn--fiq228c.xn--i-7iq.example", "中文.xn--i-7iq.example"),  # a heart is no letter: that label stays
        ("xn--a.example", "xn--a.example"),
        ("xn--.example", "xn--.example"),
        ("xn--" + "a" * 500, "xn--" + "a" * 500),
        ("www.example", "www.example"),
        ("", ""),
    ],
)
def test_a_name_is_written_as_people_do_label_by_label(name: str, written: str) -> None:
    assert as_written(name) == written


def test_reading_and_writing_are_each_others_reverse() -> None:
    for name in ("straße.example", "bücher.example", "中文.example", "βόλος.example", "faß.example"):
        assert as_written(canonical_dns_name(name)) == name


def test_a_name_is_kept_in_each_spelling_and_never_in_another_names() -> None:
    assert spellings("straße.example") == ("straße.example", "xn--strae-oqa.example")
    assert spellings("xn--strae-oqa.example") == ("xn--strae-oqa.example", "straße.example")
    assert "strasse" not in " ".join(spellings("STRAßE.example"))


@pytest.mark.parametrize(
    "text", ["4096 (0x1000)", "0x1000", "10:00", "Serial Number: 4096 (0x1000)", "serial no. 1000"]
)
def test_serial_numbers_are_read_however_openssl_and_people_write_them(text: str) -> None:
    assert "1000" in read(text).serial_numbers


@pytest.mark.parametrize("text", ["007", "a", "1234"])
def test_a_short_word_is_not_shortened_inside_a_text(text: str) -> None:
    """Otherwise it would be found nearly everywhere."""
    assert words(text, 5) == [(text,)]


@pytest.mark.parametrize(
    "text", ["", " ", "\0", "(" * 300, "0x" * 300, "9" * 10_000, "::" * 300, "\u202e", "1" * 300 + "é"]
)
def test_anything_can_be_typed(text: str) -> None:
    assert read(text)
    assert words(text, 5) is not None
