"""Inspections a second for a scan of 1.4 MB against the bare decoding of it, template PDFs a second, peak memory."""

from __future__ import annotations

import io
import random
import resource
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from statistics import median
from time import perf_counter

import pypdf
from PIL import Image

from revocation.letters.fields import LetterFields
from revocation.letters.inspection import inspect
from revocation.letters.kinds import BY_CODE
from revocation.letters.template import application_letter

SCAN = (1240, 1754)
"""Pixels: A4 at 150 dots an inch."""
TARGET = 1_400_000
FIELDS = LetterFields(
    request_number="R-000001",
    organisation="示例科技有限公司",
    names=tuple(f"n{number}.example.cn" for number in range(200)),
    issuer="CN=Example OV CA",
    serial_number="0a1b2c3d4e5f",
    fingerprint="ab12" * 16,
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
    reason="The site is closed",
    prepared_on=date(2026, 1, 1),
)


def scan(form: str) -> bytes:
    """Return a noisy page of about 1.4 MB: as many columns are noise as make the file that size."""
    width = SCAN[0]
    noise = Image.frombytes("L", SCAN, random.Random(1).randbytes(SCAN[0] * SCAN[1]))
    for share in range(100, 0, -4):
        page = Image.new("L", SCAN, 255)
        page.paste(noise.crop((0, 0, width * share // 100, SCAN[1])), (0, 0))
        file = io.BytesIO()
        page.save(file, form, quality=75)
        if file.tell() <= TARGET:
            return file.getvalue()
    raise AssertionError(form)


def decoded_by_pypdf(data: bytes) -> None:
    for page in pypdf.PdfReader(io.BytesIO(data)).pages:
        for image in page.images:
            image.image.load()


def seconds(act: Callable[[], object], times: int = 3) -> float:
    act()
    spans = []
    for _ in range(times):
        start = perf_counter()
        act()
        spans.append(perf_counter() - start)
    return median(spans)


def letters() -> Iterator[tuple[str, float, str]]:
    for kind, form in {"jpg": "JPEG", "png": "PNG", "pdf": "PDF"}.items():
        data = scan(form)

        def bare(data: bytes = data, kind: str = kind) -> None:
            decoded_by_pypdf(data) if kind == "pdf" else Image.open(io.BytesIO(data)).load()

        def looked(data: bytes = data, kind: str = kind) -> None:
            inspect(data, file_name=f"a.{kind}", accepted=frozenset(BY_CODE))

        spent = seconds(looked)
        yield f"{kind}_inspections", 1 / spent, "a second"
        yield f"{kind}_over_bare_decoding", spent / seconds(bare), "ratio"
    yield "templates", 1 / seconds(lambda: application_letter(FIELDS)), "a second"
    yield "peak_of_a_child", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, "MiB"
    yield "peak_of_the_parent", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"
