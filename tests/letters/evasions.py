"""Actions written so that a reader of objects might pass them over while a viewer runs them (threat 5)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

from tests.letters.made import compressed, pdf, revised, stream

SCRIPT = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
LINK = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A %s >>"
HARMLESS = b"<< /S /URI /URI (https://shop.example/) >>"


def files() -> Iterator[tuple[str, bytes]]:
    for name, action in actions().items():
        yield f"{name}, linked.pdf", pdf(LINK % action, page=b"/Annots [4 0 R]")
        yield f"{name}, in an object stream.pdf", compressed(action)
        yield f"{name}, saved again.pdf", revised(pdf(), 4, action)
        yield f"{name}, saved away.pdf", revised(pdf(LINK % action, page=b"/Annots [4 0 R]"), 4, b"null")
    yield from pointed_at()
    yield from headed_oddly()
    yield from streams()
    yield from disguised()


def actions() -> dict[str, bytes]:
    """Return actions that are written in odd ways."""
    return {
        "remark inside": b"<< /S % >> harmless (\n/JavaScript /JS (x) >>",
        "no spaces": b"<</S/JavaScript/JS(x)>>",
        "type comes twice": b"<< /S /URI /S /JavaScript /URI (https://a.example) /JS (x) >>",
        "type comes twice, turned": b"<< /S /JavaScript /S /URI /URI (https://a.example) /JS (x) >>",
        "address comes twice": b"<< /S /URI /URI (https://a.example) /URI (javascript:x) >>",
        "brackets in a string": b"<< /T (a \\( >> \\) (b) endobj) /S /JavaScript /JS (x) >>",
        "end is missing": b"<< /S /JavaScript /JS (x)",
        "string without an end": b"<< /T [ /S /JavaScript /JS (x >>",
        "odd number of words": b"<< /X /S /JavaScript /JS (x) >>",
        "a bracket too many": b"<< /K ] /S /JavaScript /JS (x) >>",
        "tab in the address": b"<< /S /URI /URI (java\\tscript:x) >>",
        "line end in the address": b"<< /S /URI /URI (java\\\nscript:x) >>",
        "address marked as UTF-8": b"<< /S /URI /URI (\\357\\273\\277javascript:x) >>",
        "says it is a style": b"<< /Type /StructElem /P 3 0 R /S /JavaScript /JS (x) >>",
        "says it is a font": b"<< /Type /Font /S /JavaScript /JS (x) >>",
    }


def pointed_at() -> Iterator[tuple[str, bytes]]:
    kind = (LINK % b"<< /S 5 0 R /JS (x) >>", b"/JavaScript")
    yield "type pointed at.pdf", pdf(*kind, page=b"/Annots [4 0 R]")
    far = (LINK % b"<< /S 5 0 R /Win 7 0 R >>", b"6 0 R", b"/#4caunch", b"<< /#46 (a.exe) >>")
    yield "type pointed at twice.pdf", pdf(*far, page=b"/Annots [4 0 R]")
    address = (LINK % b"<< /S /URI /URI 5 0 R >>", b"<6A6176617363726970743A78>")
    yield "address pointed at.pdf", pdf(*address, page=b"/Annots [4 0 R]")
    again = revised(pdf(LINK % b"<< /S 5 0 R /JS (x) >>", b"/URI", page=b"/Annots [4 0 R]"), 5, b"/JavaScript")
    yield "type pointed at, changed later.pdf", again
    yield "opened, pointed at twice.pdf", pdf(b"5 0 R", HARMLESS, catalog=b"/OpenAction 4 0 R")


def headed_oddly() -> Iterator[tuple[str, bytes]]:
    """Yield objects that no table names. A viewer that repairs the file finds them by their headings."""
    for name, heading in {
        "plain": b"9 0 obj", "line ends": b"9\r\n0\r\nobj", "remark": b"9 % one\n0 % two\nobj",
        "zeros": b"0" * 30 + b"9 0 obj",
        "sign": b"+9 0 obj", "point": b"9. 0 obj", "nothing between": b"9 0obj", "behind a word": b"x9 0 obj",
        "long generation": b"9 00000000000000000 obj", "tabs": b"9\t0\tobj",
    }.items():  # fmt: skip
        written = heading + SCRIPT + b"endobj\n"
        yield f"heading, {name}.pdf", between(written)
        yield f"heading in a string, {name}.pdf", pdf(b"<< /T (" + written.replace(b"\\(1\\)", b"") + b") >>")
        yield f"heading in a stream, {name}.pdf", pdf(stream(written))
    yield "trailer.pdf", between(b"trailer % one\n<< /Root << /OpenAction " + SCRIPT + b" >> >>")


def between(written: bytes) -> bytes:
    """A whole PDF with `written` between its objects."""
    return pdf(b"null\nendobj\n" + written + b"\n99 0 obj\nnull")


def streams() -> Iterator[tuple[str, bytes]]:
    """Yield object streams that only their form gives away."""
    inner = b"7 0 " + SCRIPT
    packed = zlib.compress(inner)
    entries = b"/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode"
    yield "object stream in no table.pdf", pdf(stream(packed, entries))
    yield "type escaped.pdf", pdf(stream(packed, entries.replace(b"ObjStm", b"#4fbjStm")))
    yield "type missing.pdf", pdf(stream(packed, entries.replace(b"/Type /ObjStm", b"")))
    yield "type elsewhere.pdf", pdf(stream(packed, entries.replace(b"/ObjStm", b"5 0 R")), b"/ObjStm")
    yield "first elsewhere.pdf", pdf(stream(packed, entries.replace(b"4", b"5 0 R")), b"4")
    yield "filter elsewhere.pdf", pdf(stream(packed, entries.replace(b"/FlateDecode", b"[/FlateDecode]")))
    yield (
        "packed twice.pdf",
        pdf(stream(zlib.compress(packed), entries.replace(b"/Filter", b"/Filter [/FlateDecode") + b"]")),
    )
    spelled = stream(packed.hex().encode() + b">", entries.replace(b"/Filter", b"/Filter [/ASCIIHexDecode") + b"]")
    yield "packed as text.pdf", pdf(spelled)
    yield "not packed.pdf", pdf(stream(inner, b"/Type /ObjStm /N 1 /First 4"))
    yield "remark before its data.pdf", pdf(stream(packed, entries).replace(b"\nstream", b"\n% one\nstream"))
    yield "no length.pdf", pdf(stream(packed, entries).replace(b"/Length", b"/Langth"))
    content = stored(b"7 0 %endstream\n" + SCRIPT)
    counted = stream(content, entries).replace(b"/Length %d" % len(content), b"/Length 5 0 R")
    yield "length elsewhere.pdf", pdf(counted, b"%d" % len(content))
    header, outer = b"7 0 8 9 ", b"(" + b" " * 8 + SCRIPT + b")"
    yield "in a string of another.pdf", pdf(stream(zlib.compress(header + outer), entries.replace(b"4", b"8")))


def stored(content: bytes) -> bytes:
    """Deflate the content without compression, so that a word in it may look like the end of the stream."""
    check = struct.pack(">I", zlib.adler32(content))
    return b"x\x01\x01" + struct.pack("<HH", len(content), len(content) ^ 0xFFFF) + content + check


def disguised() -> Iterator[tuple[str, bytes]]:
    """Yield objects whose keys are harmless as freely chosen names, but are used for what they mean as well."""
    form = b"<< /XFA 5 0 R /Fields [] >>"
    xfa = stream(b"<xdp/>", b"/Type /XObject /Subtype /Form")
    yield "form called a picture.pdf", pdf(form, xfa, catalog=b"/AcroForm 4 0 R")
    both = b"/Resources << /XObject 4 0 R >>"
    yield "form that is a resource as well.pdf", pdf(form, xfa, catalog=b"/AcroForm 4 0 R", page=both)
    names = b"<< /JavaScript << /Names [(a) 5 0 R] >> >>"
    yield (
        "names that are fonts as well.pdf",
        pdf(names, b"<< /JS (x) >>", catalog=b"/Names 4 0 R", page=b"/Resources << /Font 4 0 R >>"),
    )
    yield "portfolio that is information as well.pdf", pdf(catalog=b"/Collection << >>", trailer=b"/Info 1 0 R")
