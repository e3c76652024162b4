"""My Certificates is searched however a number or a name is written, and shows names as people write them."""

from __future__ import annotations

import pytest
from django.test import Client

from revocation.models import Certificate
from tests.conftest import MakeCertificate
from tests.pages.test_lists import shown_rows

NAMES = (
    "www.aurora.example",
    "xn--strae-oqa.aurora.example",
    "*.xn--bcher-kva.aurora.example",
    "xn--fiq228c.aurora.example",
)


@pytest.fixture
def two(make_certificate: MakeCertificate) -> Certificate:
    make_certificate("strasse.aurora.example")
    return make_certificate(names=NAMES)


@pytest.mark.parametrize(
    "q",
    [
        "straße", "STRAßE.aurora.example", "straße.aurora.example.", "https://straße.aurora.example/shop",
        "xn--strae-oqa", "bücher.aurora", "*.bücher.aurora.example", "bu\u0308cher", "中文.aurora",
        "中文\u3002aurora\u3002example", "straße www", "straße.aurora.example,",
        "ｘｎ－－ｓｔｒａｅ", "\u202astraße\u202c",
    ],
)  # fmt: skip
def test_a_name_is_found_as_people_write_it(page: Client, two: Certificate, q: str) -> None:
    assert shown_rows(page.get("/certificates/", {"q": q})) == [two.title]


def test_a_sharp_s_is_never_two_others(page: Client, two: Certificate) -> None:
    assert shown_rows(page.get("/certificates/", {"q": "strasse"})) == ["strasse.aurora.example"]


def test_a_serial_number_that_begins_with_zero_is_found_in_every_writing(page: Client, two: Certificate) -> None:
    serial = "0" + two.serial_number[1:-1] + "A"
    text = two.search_text.replace(two.serial_number.lower(), serial.lower())
    Certificate.objects.filter(pk=two.pk).update(serial_number=serial, search_text=text)
    pairs = [serial[i : i + 2] for i in range(0, len(serial), 2)]
    written = [serial, serial.lower(), serial[1:], "00" + serial, "0x" + serial, str(int(serial, 16)), *(
        sign.join(pairs) for sign in (":", " ", "-")
    ), f"Serial Number: {serial}", f"序列号：{serial}"]  # fmt: skip
    for q in written:
        assert shown_rows(page.get("/certificates/", {"q": q})) == [two.title], q


def test_pages_show_names_as_people_write_them(page: Client, two: Certificate) -> None:
    shown = page.get(f"/certificates/{two.pk}/").content.decode()
    for name in ("straße.aurora.example", "*.bücher.aurora.example", "中文.aurora.example"):
        assert name in shown
