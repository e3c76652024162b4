"""F7, threats 1 to 7: no good file is refused, no hostile one accepted, and each refusal fits and helps."""

from __future__ import annotations

from itertools import chain

import pytest
from PIL import Image

from revocation.letters.inspection import inspect
from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused
from revocation.messages import CATALOGUE
from tests.letters import corpus, hiding, hostile, odd
from tests.letters.made import ANY_KIND, good, in_process, named, refusal, saved

pytestmark = pytest.mark.slow


def as_the_child(data: bytes, kind: str, limits: Limits) -> bytes:
    """Read the file as the child does. A decoder that raises ends the child, and its parent says *unreadable*."""
    try:
        return in_process(data, kind, limits)
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused("unreadable") from error


def test_F7_every_good_file_is_accepted() -> None:
    files = dict(chain(corpus.good_files(), odd.good_files()))
    assert len(files) >= 100
    for name, data in files.items():
        with named(name):
            facts = inspect(data, file_name=name, accepted=ANY_KIND, reader=in_process)
            assert 1 <= len(facts.pages) <= 10
            assert all(
                page.data.startswith(b"\xff\xd8\xff") and page.data.endswith(b"\xff\xd9") for page in facts.pages
            )


def test_F7_every_hostile_file_is_refused_for_what_it_is() -> None:
    count = 0
    for name, data, codes in chain(hostile.hostile_files(), odd.hostile_files(), hiding.hostile_files()):
        with named(name):
            rejected = refusal(data, name, reader=as_the_child)
            assert rejected.code in codes
            advice = CATALOGUE[rejected.message.code].sentences[2:]  # after what was found and what is accepted
            assert "JPG, PNG, GIF or PDF" in str(rejected)
            assert "1468006" in str(rejected)
            assert advice or rejected.code in ("unknown_kind", "animated", "pdf_no_pages", "pdf_too_many_pages")
        count += 1
    assert count >= 480


def test_threat_4_bombs_end_in_the_child() -> None:
    for name, data, codes in hostile.bombs():
        with named(name):
            assert refusal(data, name, reader=None).code in codes


NAMES = {
    "letter.JPEG": "jpg", "IMG_1234.JPG": "jpg", "函件.pdf": "pdf", "my.letter.v2.pdf": "pdf", ".png": "png",
    "www.example.com.pdf": "pdf", "letter.docx.pdf": "pdf", "2026.11.25.Pdf": "pdf", "letter.pdf.pdf": "pdf",
    "Señor José.gif": "gif", "x" * 250 + ".pdf": "pdf", "a b (1).jpeg": "jpg", "‘quoted’.png": "png", "<b>.gif": "gif",
}  # fmt: skip
BAD_NAMES = {
    "letter": "pdf", "letter.": "pdf", "letter.jpg": "pdf", "letter.pdf": "jpg", "letter.exe.pdf": "pdf",
    "letter.pdf.exe": "pdf", "letter.png.pdf": "pdf", "invoice.\u202efdp.jpg": "pdf", "letter.pdf\x00.jpg": "pdf",
    "letter.php.jpg": "jpg", "letter.jpe": "jpg", "letter.html": "gif", "": "png", "letter．pdf": "pdf",
}  # fmt: skip


@pytest.mark.parametrize("name", list(NAMES))
def test_F7_good_names(name: str) -> None:
    assert inspect(good(NAMES[name]), file_name=name, accepted=ANY_KIND, reader=in_process)


@pytest.mark.parametrize("name", list(BAD_NAMES), ids=range(len(BAD_NAMES)))
def test_F7_bad_names(name: str) -> None:
    rejected = refusal(good(BAD_NAMES[name]), name)
    assert rejected.code.startswith("name_")
    assert "rename" in str(rejected)
    assert str(rejected).isprintable()


def sized(kind: str, size: int) -> bytes:
    """Return a good picture of `size` bytes. Zeros behind its end are padding."""
    data = saved(Image.new("L", (16, 16), 200), {"jpg": "JPEG", "png": "PNG", "gif": "GIF"}[kind])
    assert len(data) < size
    return data + bytes(size - len(data))


@pytest.mark.parametrize("kind", ["jpg", "png", "gif"])
def test_F7_the_byte_before_and_after_each_limit(kind: str) -> None:
    for size in (1025, 1_468_006):
        assert inspect(sized(kind, size), file_name=f"a.{kind}", accepted=ANY_KIND, reader=in_process).size == size
    assert refusal(sized(kind, 1024), f"a.{kind}").code == "too_small"
    assert refusal(sized(kind, 1_468_007), f"a.{kind}").code == "too_large"
