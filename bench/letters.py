"""Inspections a second for a scan of 1.4 MB, template PDFs a second, peak memory.

An inspection by a forked child is compared with one by an interpreter of its own, and with its limit: the bare decoding
of the same file by Pillow, or its drawing by pypdfium2.
"""

from __future__ import annotations

import io
import random
import resource
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import partial
from statistics import median
from time import perf_counter

import pypdfium2
from PIL import Image

from revocation.letters.fields import LetterFields
from revocation.letters.inspection import inspect
from revocation.letters.kinds import BY_CODE
from revocation.letters.limits import Limits
from revocation.letters.sandbox import Reader, run_child
from revocation.letters.sandbox.conversation import converse
from revocation.letters.sandbox.forked import FORKS
from revocation.letters.sandbox.interpreter import interpreted
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


def decoded(data: bytes, kind: str) -> None:
    if kind == "pdf":
        for page in pypdfium2.PdfDocument(data):
            page.render(scale=Limits().longest_side / max(page.get_size())).to_pil()
    else:
        Image.open(io.BytesIO(data)).load()


def read_by_interpreter(data: bytes, kind: str, limits: Limits) -> bytes:
    with interpreted(kind, limits) as child:
        return converse(child, data, limits)


def seconds(*acts: Callable[[], object], times: int = 5) -> list[float]:
    """Return the median of each act's runs. They run in turns, so that what disturbs one disturbs all."""
    spans: list[list[float]] = [[] for _ in acts]
    for turn in range(times + 1):
        for act, measured in zip(acts, spans, strict=True):
            start = perf_counter()
            act()
            if turn:  # the first one warms up
                measured.append(perf_counter() - start)
    return [median(measured) for measured in spans]


def letters() -> Iterator[tuple[str, float, str]]:
    for kind, form in {"jpg": "JPEG", "png": "PNG", "pdf": "PDF"}.items():
        data = scan(form)

        def looked(reader: Reader, data: bytes = data, kind: str = kind) -> None:
            inspect(data, file_name=f"a.{kind}", accepted=frozenset(BY_CODE), reader=reader)

        forked, interpreter, bare = seconds(
            partial(looked, run_child), partial(looked, read_by_interpreter), partial(decoded, data, kind)
        )
        yield f"{kind}_inspections", 1 / forked, "a second"
        yield f"{kind}_interpreter_over_fork", interpreter / forked, "ratio"
        yield f"{kind}_over_bare_decoding", forked / bare, "ratio"
    FORKS.close()  # only then the peaks of its children are known
    yield "templates", 1 / seconds(lambda: application_letter(FIELDS))[0], "a second"
    yield "peak_of_a_child", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, "MiB"
    yield "peak_of_the_parent", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MiB"
