"""The inspection of a scan of 1.4 MB in its confined process, beside the bare decoding of it; a template's PDF."""

from __future__ import annotations

import io
import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from statistics import median

import pypdfium2
from PIL import Image

from bench.figures.rows import PDFIUM, PILLOW
from bench.figures.table import Figure
from bench.measuring import in_turns, median_spent, spent, tree_seconds
from revocation.letters.fields import LetterFields
from revocation.letters.inspection import inspect
from revocation.letters.kinds import BY_CODE
from revocation.letters.template import application_letter

SCAN = (1240, 1754)
"""Pixels: A4 at 150 dots an inch."""
TARGET = 1_400_000
TOGETHER = 4
"""Inspections of a round: the kernel counts the time of other processes in hundredths of a second."""

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


def letters() -> Iterator[Figure]:
    """Measure each kind of file, and then a template."""
    for kind, form in {"jpg": "JPEG", "png": "PNG", "pdf": "PDF"}.items():
        yield from _inspections(kind, scan(form))
    yield Figure("letter_template", median_spent(lambda: application_letter(FIELDS)) * 1000, "ms")


def _inspections(kind: str, data: bytes) -> Iterator[Figure]:
    waits: list[float] = []
    alone = _drawn_by_pdfium if kind == "pdf" else _decoded_by_pillow

    def ours() -> float:
        """Return the processor time of an inspection, in this process and in those that it started."""
        before = tree_seconds(os.getpid())
        for _ in range(TOGETHER):
            began = time.perf_counter()
            inspect(data, file_name=f"a.{kind}", accepted=frozenset(BY_CODE))
            waits.append(time.perf_counter() - began)
        return (tree_seconds(os.getpid()) - before) / TOGETHER * 1000

    found = in_turns(ours=ours, alone=lambda: spent(lambda: alone(data)) * 1000)
    limit = {PDFIUM if kind == "pdf" else PILLOW: found["alone"]}
    yield Figure(f"letter_{kind}", found["ours"], "ms", limit=limit)
    yield Figure(f"letter_{kind}_wait", median(waits[TOGETHER:]) * 1000, "ms")


def _decoded_by_pillow(data: bytes) -> None:
    Image.open(io.BytesIO(data)).load()


def _drawn_by_pdfium(data: bytes) -> None:
    with pypdfium2.PdfDocument(data) as document:
        for page in document:
            page.render(scale=SCAN[0] / page.get_width())
