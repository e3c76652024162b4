"""Files that programs and phones write wrong and people send in good faith, and hostile ones that look like them."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from tests.letters.corpus import PAGE, Files
from tests.letters.hostile import Hostile
from tests.letters.made import chunk, good, pdf, png, revised, saved, stream

WIDTH, HEIGHT = 200, 280
ROWS = (b"\0" + b"\xff" * WIDTH) * HEIGHT
FRAME = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, WIDTH, HEIGHT, 0, 0, 1, 1, 0, 0))


def frames(count: int) -> bytes:
    """The chunk that says how many frames an animated PNG has."""
    return chunk(b"acTL", struct.pack(">II", count, 0))


# -- good -----------------------------------------------------------------------------------------------------------


def good_files() -> Files:
    for name, whole in jpegs().items():
        bare = whole[:-2]
        yield f"no end mark {name}.jpg", bare
        yield f"half an end mark {name}.jpg", bare + b"\xff"
        yield f"zeros for an end mark {name}.jpg", bare + bytes(5000)
    for turn in (2, 3, 4, 8):
        yield f"notes that turn nothing {turn}.jpg", with_segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0" + bytes([turn]) * 9)
    yield "profile in lost parts.jpg", with_segment(0xE2, b"ICC_PROFILE\0\x03\x05" + bytes(99))
    yield "notes of an editor.jpg", with_segment(0xED, b"Photoshop 3.0\x008BIM\x03\xed\0\0\0\0\0\x02\0\0")
    yield "film of one.png", png(WIDTH, HEIGHT, frames(1), FRAME, rows=ROWS)
    yield "notes are noise.png", png(WIDTH, HEIGHT, chunk(b"eXIf", b"noise"), rows=ROWS)
    yield "more rows than told.png", png(WIDTH, HEIGHT, rows=ROWS * 2)
    yield from pdfs()


def jpegs() -> dict[str, bytes]:
    kinds = {"plain": PAGE, "grey": PAGE.convert("L"), "print": PAGE.convert("CMYK")}
    made = {name: saved(image, "JPEG") for name, image in kinds.items()}
    return made | {"progressive": saved(PAGE, "JPEG", progressive=True), "photo": saved(PAGE, "JPEG", quality=98)}


def with_segment(code: int, content: bytes) -> bytes:
    data = good("jpg")
    return data[:2] + b"\xff" + struct.pack(">BH", code, len(content) + 2) + content + data[2:]


RIGHTS = (
    b"<< /Type /Sig /Filter /Adobe.PPKLite /Reference [<< /Type /SigRef /TransformMethod /UR3 /TransformParams "
    b"<< /Type /TransformParams /Form [/FillIn /Import /SubmitStandalone] /EF [/Create /Import] >> >>] >>"
)


def pdfs() -> Files:
    yield "rights for a reader.pdf", pdf(RIGHTS, catalog=b"/Perms << /UR3 4 0 R >>")
    bead = b"<< /Type /Bead /T 4 0 R /N 5 0 R /V 5 0 R /P 3 0 R /R [0 0 9 9] >>"
    yield "articles.pdf", pdf(b"<< /Type /Thread /F 5 0 R >>", bead, catalog=b"/Threads [4 0 R]")
    yield "a font called AA.pdf", pdf(page=b"/Resources << /Font << /AA << /Type /Font /Subtype /Type1 >> >> >>")
    yield "begins by going, elsewhere.pdf", pdf(b"<< /S /GoTo /D [3 0 R /Fit] >>", catalog=b"/OpenAction 4 0 R")
    saved_often = pdf()
    for turn in range(30):
        page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate %d >>" % (90 * (turn % 4))
        saved_often = revised(saved_often, 3, page)
    yield "saved thirty times.pdf", saved_often


# -- hostile ----------------------------------------------------------------------------------------------------------


def hostile_files() -> Hostile:
    yield from cut_or_rare()
    for name, (objects, places) in HIDDEN.items():
        yield f"{name}.pdf", pdf(*objects, **places), {"pdf_feature"}
    late = pdf()
    for turn in range(30):
        wanted = b"/OpenAction << /S /#4aavaScript /#4a#53 (x) >>" if turn == 25 else b""
        late = revised(late, 1, b"<< /Type /Catalog /Pages 2 0 R " + wanted + b" >>")
    yield "in the twenty-fifth of thirty revisions.pdf", late, {"pdf_feature"}


def cut_or_rare() -> Hostile:
    for name, whole in jpegs().items():
        for missing in (100, len(whole) // 3, len(whole) // 2):
            yield f"cut by {missing} {name}.jpg", whole[: -2 - missing], {"truncated"}
        yield f"cut and filled up {name}.jpg", whole[: len(whole) // 2] + bytes(len(whole) // 2), {"truncated"}
    frame = good("jpg").index(b"\xff\xc0")
    for name, at, value in (("twelve bits", 4, 12), ("lossless", 1, 0xC3), ("by differences", 1, 0xC5)):
        data = bytearray(good("jpg"))
        data[frame + at] = value
        yield f"{name}.jpg", bytes(data), {"rare_jpeg"}
    yield "rows are missing.png", png(WIDTH, HEIGHT, rows=ROWS[: len(ROWS) // 2]), {"truncated"}
    wrong = bytearray(png(WIDTH, HEIGHT, rows=ROWS))
    wrong[-13] ^= 1  # the last byte before IEND
    yield "wrong sum of points.png", bytes(wrong), {"unreadable"}
    no_palette = bytearray(png(WIDTH, HEIGHT, rows=ROWS))
    no_palette[25] = 3
    no_palette[29:33] = struct.pack(">I", zlib.crc32(no_palette[12:29]))
    yield "no palette.png", bytes(no_palette), {"unreadable"}
    for needed in (b"CgBI", b"ABCD", b"IDAt"):
        yield f"needs {needed.decode()}.png", png(WIDTH, HEIGHT, chunk(needed, b"xyz"), rows=ROWS), {"unreadable"}
    hidden = chunk(b"fdAT", struct.pack(">I", 1) + zlib.compress(ROWS))
    yield "another picture in a film of one.png", png(WIDTH, HEIGHT, frames(1), FRAME, hidden, rows=ROWS), {"animated"}
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(10**6)))
    yield "many swelling texts.png", png(WIDTH, HEIGHT, *[text] * 90, rows=ROWS), {"too_costly"}


FILE = stream(b"x" * 99)
ASKS = b"<< /S /URI /URI (http://counter.example/) >>"
HIDDEN: dict[str, tuple[tuple[bytes, ...], dict[str, Any]]] = {
    "attached without a name": ((FILE, b"<< /EF << /F 4 0 R >> >>"), {"catalog": b"/AF [5 0 R]"}),
    "attached beside": ((FILE, b"<< /F (a) /RF << /F [(a) 4 0 R] >> >>"), {"catalog": b"/AF [5 0 R]"}),
    "attached, key escaped": ((FILE, b"<< /#46 (a) /#45#46 << /#46 4 0 R >> >>"), {"catalog": b"/#41F [5 0 R]"}),
    "opens an address, elsewhere": ((ASKS,), {"catalog": b"/OpenAction 4 0 R"}),
    "page opens an address": ((b"<< /Type /Font /O 5 0 R >>", ASKS), {"page": b"/AA 4 0 R"}),
    "drawn from another file": (
        (stream(b"", b"/Type /XObject /Subtype /Form /Ref << /F (other.pdf) /Page 0 >>"),),
        {"page": b"/Resources << /XObject << /P 4 0 R >> >>"},
    ),
    "postscript": ((stream(b"quit", b"/Type /XObject /Subtype /PS"),), {}),
    "postscript in a form": ((stream(b"quit", b"/Type /XObject /Subtype /Form /Subtype2 /PS /BBox [0 0 9 9]"),), {}),
}
