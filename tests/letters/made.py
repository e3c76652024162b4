"""Files for the tests, made by code: good letters, and the odd and hostile ones."""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from PIL import Image, ImageDraw
from pypdf import PdfReader, PdfWriter

from revocation.letters.fields import LetterFields
from revocation.letters.inspection import LetterRejected, inspect
from revocation.letters.kinds import BY_CODE
from revocation.letters.limits import Limits
from revocation.letters.reading.child import answer, heed_bombs_only

ANY_KIND = frozenset(BY_CODE)
FIELDS = LetterFields(
    request_number="RR-2026-000123",
    organisation="示例科技有限公司 Example Technology Co., Ltd.",
    names=("example.cn", "www.example.cn"),
    issuer="CN=Example OV CA, O=Example Trust",
    serial_number="0a1b2c3d4e5f",
    fingerprint="ab12" * 16,
    not_before=datetime(2026, 1, 1, tzinfo=UTC),
    not_after=datetime(2027, 1, 1, tzinfo=UTC),
    reason="The site is closed",
    prepared_on=date(2026, 11, 24),
    explanation="不再使用",
)


def drawn(width: int = 827, height: int = 1169, mode: str = "RGB", seal: bool = True) -> Image.Image:
    """Draw a page with lines of writing and a red seal."""
    image = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(image)
    for row in range(height // 12, height * 2 // 3, max(4, height // 40)):
        pen.line((width // 10, row, width * 9 // 10, row + 2), "black", 2)
    if seal:
        pen.ellipse((width // 2, height * 2 // 3, width * 3 // 4, height * 9 // 10), None, (210, 20, 30), 9)
    return image.convert(mode)


def saved(image: Image.Image, form: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()


@cache
def good(kind: str) -> bytes:
    return saved(drawn(), {"jpg": "JPEG", "png": "PNG", "gif": "GIF", "pdf": "PDF"}[kind])


def in_process(data: bytes, kind: str, limits: Limits) -> bytes:
    """Do the child's work in this process. Only for files that are known to be harmless to decode."""
    with warnings.catch_warnings():
        heed_bombs_only()
        return answer(data, kind, limits)


def refusal(
    data: bytes, name: str = "letter.pdf", reader: Callable[..., bytes] | None = in_process, **options: Any
) -> LetterRejected:
    """The refusal of `data`; an AssertionError when it is accepted."""
    more: dict[str, Any] = {} if reader is None else {"reader": reader}
    try:
        inspect(data, file_name=name, accepted=ANY_KIND, **more, **options)
    except LetterRejected as rejected:
        return rejected
    raise AssertionError(f"{name} was accepted")


@contextmanager
def named(name: str) -> Iterator[None]:
    """Name the file of a corpus in the failure that it causes."""
    try:
        yield
    except Exception as error:
        error.add_note(f"the file: {name}")
        raise


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(width: int, height: int, *chunks: bytes, rows: bytes | None = None, bits: int = 8) -> bytes:
    """Return a grey PNG from parts. Without `rows` its pixels are few zeros, however large it says it is."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(5000) if rows is None else rows))
    padding = chunk(b"tEXt", b"Comment\x00" + b"x" * 1024)
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + padding + pixels + chunk(b"IEND", b"")


def gif(width: int, height: int, frames: int = 1) -> bytes:
    """A GIF of a width and height that it only claims, with frames of one point."""
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, 1, 1) + b"\x00\x02\x02\x44\x01\x00"
    comment = b"\x21\xfe" + (b"\xff" + b"c" * 255) * 5 + b"\x00"
    screen = struct.pack("<HHBBB", width, height, 0x80, 0, 0) + bytes(6)
    return b"GIF89a" + screen + comment + frame * frames + b"\x3b"


def resized_jpeg(width: int, height: int) -> bytes:
    """A good JPEG whose frame header claims another size."""
    data = bytearray(good("jpg"))
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(data)


def scans_repeated(times: int, side: int = 1024) -> bytes:
    """A progressive JPEG whose last pass is repeated."""
    data = saved(drawn(side, side), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * times + b"\xff\xd9"


def pdf(*objects: bytes, catalog: bytes = b"", page: bytes = b"", count: int = 1, trailer: bytes = b"") -> bytes:
    """A PDF of one page, written by hand. `objects` have the numbers from 4 on; they must be whole bodies."""
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalog + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count %d >>" % count,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] " + page + b" >>",
        *objects,
    ]
    written, offsets = bytearray(b"%PDF-1.7\n%" + b"\xe2\xe3" * 500 + b"\n"), []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    written += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    written += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(bodies) + 1, trailer)
    return bytes(written) + b"startxref\n%d\n%%%%EOF\n" % start


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def revised(first: bytes, number: int, body: bytes) -> bytes:
    """`first` with an incremental update that replaces or adds one object (ISO 32000-2 section 7.5.6)."""
    previous = int(first.rsplit(b"startxref\n", 1)[1].split()[0])
    at = len(first)
    update = b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root 1 0 R /Prev %d >>\n" % (
        number, at, max(number + 1, 4), previous,
    )  # fmt: skip
    return first + update + table + b"startxref\n%d\n%%%%EOF\n" % (at + len(update))


def compressed(action: bytes) -> bytes:
    """A PDF whose object 5, `action`, lies in an object stream, named by a cross-reference stream."""
    inner = zlib.compress(b"5 0 " + action)
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /Names 5 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
        4: stream(inner, b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"),
    }
    written, rows = bytearray(b"%PDF-1.7\n%" + b"\xe2\xe3" * 500 + b"\n"), [(0, 0, 65535)]
    for number, body in objects.items():
        rows.append((1, len(written), 0))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    rows += [(2, 4, 0), (1, len(written), 0)]
    table = b"".join(struct.pack(">BIH", *row) for row in rows)
    entries = b"/Type /XRef /Size 7 /W [1 4 2] /Root 1 0 R"
    start = len(written)
    return bytes(written) + b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (stream(table, entries), start)


def encrypted() -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(good("pdf"))))
    writer.encrypt("", "owner", algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def nested_deflate(levels: int, size: int) -> bytes:
    """`size` zeros, deflated `levels` times."""
    packer, zeros = zlib.compressobj(9), bytes(1_000_000)
    # Bit by bit: the tests measure their own memory, which this must not use up.
    content = b"".join(packer.compress(zeros) for _ in range(size // len(zeros))) + packer.flush()
    for _ in range(levels - 1):
        content = zlib.compress(content, 9)
    return content
