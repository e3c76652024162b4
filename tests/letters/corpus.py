"""Hundreds of files, made in seconds: every good one is a letter, every hostile one is refused for what it is."""

from __future__ import annotations

import gzip
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from PIL import Image, ImageCms, PngImagePlugin
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.letters.made import (
    chunk,
    compressed,
    drawn,
    encrypted,
    gif,
    good,
    nested_deflate,
    pdf,
    png,
    resized_jpeg,
    revised,
    saved,
    scans_repeated,
    stream,
)

PAGE = drawn()
XMP = b"<?xpacket begin='' id='W5M0MpCehiHzreSzNTczkc9d'?><x:xmpmeta xmlns:x='adobe:ns:meta/'/><?xpacket end='w'?>"
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
NOISE = bytes(range(256)) * 8
Files = Iterator[tuple[str, bytes]]


# -- good -----------------------------------------------------------------------------------------------------------


def good_files() -> Files:
    yield from good_jpegs()
    yield from good_pngs()
    yield from good_gifs()
    yield from good_pdfs()


def good_jpegs() -> Files:
    variants = {
        "progressive": {"progressive": True},
        "optimised": {"optimize": True, "quality": 95},
        "444": {"subsampling": 0},
        "422": {"subsampling": 1},
        "420": {"subsampling": 2},
        "restarts": {"restart_marker_blocks": 10},
        "restarts by row": {"restart_marker_rows": 1},
        "worst quality": {"quality": 1},
        "resolution": {"dpi": (300, 300)},
        "comment": {"comment": b"Created with GIMP"},
        "stored as rgb": {"keep_rgb": True},
        "profile": {"icc_profile": PROFILE},
        "xmp": {"xmp": XMP},
    }
    for mode in ("RGB", "L", "CMYK"):
        for name, options in variants.items():
            if not (name == "stored as rgb" and mode != "RGB"):
                yield f"{mode} {name}.jpg", saved(PAGE.convert(mode), "JPEG", **options)
    for turn in range(1, 9):
        notes = Image.Exif()
        notes[0x0112], notes[0x010F] = turn, "Phone"
        yield f"turned {turn}.JPG", saved(PAGE, "JPEG", exif=notes)
    yield "phone.jpeg", saved(PAGE, "MPO", save_all=True, append_images=[PAGE.resize((400, 600))])
    whole = good("jpg")
    for name, tail in {
        "zeros": bytes(100),
        "line end": b"\r\n",
        "notes of a phone": b"\x00\x00\x01\x0a\x0e\x00\x00\x00Image_UTC_Data1600000000000SEFHk\0\0\0SEFT",
        "film of a phone": b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + NOISE,
    }.items():
        yield f"behind it {name}.jpg", whole + tail
    for mark in (b"PK\x03\x04", b"MZ", b"<?", b"%!PS", b"\x1f\x8b\x08"):
        yield f"by chance {mark.hex()}.jpg", with_comment(NOISE + mark + NOISE)


def with_comment(content: bytes) -> bytes:
    data = good("jpg")
    return data[:2] + b"\xff\xfe" + struct.pack(">H", len(content) + 2) + content + data[2:]


def good_pngs() -> Files:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        yield f"{mode}.png", saved(PAGE.convert(mode), "PNG")
    yield "16 bit.png", saved(PAGE.convert("I").point(lambda value: value * 257).convert("I;16"), "PNG")
    few = PAGE.convert("P", palette=Image.Palette.ADAPTIVE, colors=16)
    for bits in (1, 2, 4, 8):
        yield (
            f"palette of {bits} bits.png",
            saved(PAGE.convert("P", palette=Image.Palette.ADAPTIVE, colors=2**bits), "PNG", bits=bits),
        )
    yield "one colour clear.png", saved(few, "PNG", transparency=3)
    yield "clear by table.png", saved(few, "PNG", transparency=bytes([255] * 15 + [0]))
    yield "clear rgb.png", saved(PAGE, "PNG", transparency=(255, 255, 255))
    yield "clear grey.png", saved(PAGE.convert("L"), "PNG", transparency=255)
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "scanned")
    notes.add_text("Long", "word " * 500, zip=True)
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    yield "texts.png", saved(PAGE, "PNG", pnginfo=notes, icc_profile=PROFILE, dpi=(300, 300))
    turned = Image.Exif()
    turned[0x0112] = 6
    yield "turned.png", saved(PAGE, "PNG", exif=turned)
    yield "line end.PNG", good("png") + b"\n"
    for bits in (1, 2, 4, 8, 16):
        yield f"interlaced {bits}.png", interlaced(bits)


def interlaced(bits: int, side: int = 256) -> bytes:
    """A grey PNG in the seven passes of Adam7 (W3C PNG, section 8), which Pillow reads but does not write."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b""
    for left, top, across, down in passes:
        width = -(-(side - left) // across)
        for row in range(top, side, down):
            dark = (row // 16) % 2
            rows += b"\0" + (b"\x00" if dark else b"\xff") * (-(-width * bits // 8))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, bits, 0, 0, 0, 1))
    padding = chunk(b"tEXt", b"Comment\0" + b"x" * 1024)
    return b"\x89PNG\r\n\x1a\n" + header + padding + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def good_gifs() -> Files:
    few = PAGE.convert("P", palette=Image.Palette.ADAPTIVE, colors=16)
    variants = {
        "plain": (PAGE, {}),
        "clear": (few, {"transparency": 3}),
        "comment": (PAGE, {"comment": b"made by a scanner"}),
        "grey": (PAGE.convert("L"), {}),
        "two colours": (PAGE.convert("1"), {}),
        "loop of one": (PAGE, {"loop": 0, "duration": 100}),
        "interlaced": (PAGE, {"interlace": 1}),
        "in rows": (PAGE, {"interlace": 0}),
    }
    for name, (image, options) in variants.items():
        yield f"{name}.gif", saved(image, "GIF", **options)
    yield "zeros behind.GIF", good("gif") + bytes(3)
    yield "87a.gif", b"GIF87a" + saved(few, "GIF")[6:]


HARMLESS = {
    "opens at a page": {"catalog": b"/OpenAction [3 0 R /Fit]"},
    "opens by going": {"catalog": b"/OpenAction << /S /GoTo /D [3 0 R /XYZ 0 0 1] >>"},
    "opens by name": {"catalog": b"/OpenAction << /S /Named /N /FirstPage >>"},
    "names": {
        "catalog": b"/Names << /Dests << /Names [(first) [3 0 R /Fit]] >> >> /PageLabels << /Nums [0 << /S /D >>] >>"
    },
    "layers": {"catalog": b"/OCProperties << /OCGs [] /D << /Order [] /ON [] >> >>"},
    "tagged": {"catalog": b"/MarkInfo << /Marked true >> /Lang (zh-CN) /ViewerPreferences << /DisplayDocTitle true >>"},
    "turned": {"page": b"/Rotate 90"},
    "cropped": {"page": b"/CropBox [10 10 500 800] /UserUnit 1.5"},
    "pieces": {"page": b"/PieceInfo << /A << /LastModified (D:2026) >> >>"},
    "transition": {"page": b"/Trans << /S /Wipe >>"},
    "huge count": {"count": 10**9},
}
HARMLESS_ANNOTATIONS = {
    "link": b"/Subtype /Link /A << /S /URI /URI (https://example.com/a?b=//c) >>",
    "mail": b"/Subtype /Link /A << /S /URI /URI (mailto:a@example.com) >>",
    "bare host": b"/Subtype /Link /A << /S /URI /URI (www.example.com) >>",
    "jump": b"/Subtype /Link /Dest [3 0 R /Fit]",
    "note": b"/Subtype /Text /Contents (see file: //x) /F 4",
    "stamp": b"/Subtype /Stamp /Name /Approved",
    "field": b"/Subtype /Widget /FT /Tx /T (a) /V (b) /F 4",
    "signature": b"/Subtype /Widget /FT /Sig /T (S) /F 132 /V << /Type /Sig /Filter /Adobe.PPKLite /SubFilter "
    b"/adbe.pkcs7.detached /ByteRange [0 1 2 3] /Contents <3080> /Reason (approved) >>",
}


def good_pdfs() -> Files:
    for mode in ("RGB", "L", "1", "CMYK"):
        yield f"scan {mode}.pdf", saved(PAGE.convert(mode), "PDF")
    yield "ten pages.PDF", saved(PAGE, "PDF", save_all=True, append_images=[PAGE] * 9)
    yield "told.pdf", saved(PAGE, "PDF", title="函件", author="张三")
    for version in ("1.0", "1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "2.0"):
        yield f"version {version}.pdf", good("pdf").replace(b"%PDF-1.4", b"%PDF-" + version.encode())
    for name, parts in HARMLESS.items():
        yield f"{name}.pdf", pdf(**parts)
    for name, entries in HARMLESS_ANNOTATIONS.items():
        annotation = b"<< /Type /Annot /Rect [10 10 99 99] " + entries + b" >>"
        yield f"annotation {name}.pdf", pdf(annotation, page=b"/Annots [4 0 R]", catalog=b"/AcroForm << /Fields [] >>")
    yield "metadata.pdf", pdf(stream(XMP, b"/Type /Metadata /Subtype /XML"), catalog=b"/Metadata 4 0 R")
    yield "words.pdf", pdf(stream(b"BT (JavaScript, Launch and JS are words) Tj ET"), page=b"/Contents 4 0 R")
    yield "revised.pdf", revised(pdf(), 3, b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate 90 >>")
    yield "object stream.pdf", compressed(b"<< /Dests << /Names [] >> >>")
    yield "jpeg 2000.pdf", with_picture(saved(PAGE, "JPEG2000"), b"/JPXDecode", b"/DeviceRGB", 8)
    yield (
        "fax.pdf",
        with_picture(fax(), b"/CCITTFaxDecode", b"/DeviceGray", 1, b"/DecodeParms << /K -1 /Columns 827 >>"),
    )
    yield "jpeg.pdf", with_picture(good("jpg"), b"/DCTDecode", b"/DeviceRGB", 8)
    yield "form.pdf", drawn_form()
    yield "line ends behind.pdf", good("pdf") + b"\r\n\x00\x1a"
    yield "large page.pdf", pdf().replace(b"[0 0 595 842]", b"[0 0 14400 14400]")


def with_picture(data: bytes, decoder: bytes, colours: bytes, bits: int, more: bytes = b"") -> bytes:
    size = b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent %d " % (*PAGE.size, bits)
    image = stream(data, size + b"/ColorSpace " + colours + b" /Filter " + decoder + b" " + more)
    shown = stream(b"q 595 0 0 842 0 0 cm /Im0 Do Q")
    return pdf(image, shown, page=b"/Contents 5 0 R /Resources << /XObject << /Im0 4 0 R >> >>")


def fax() -> bytes:
    """The strip of a TIFF of group 4, without the TIFF."""
    tiff = saved(PAGE.convert("1"), "TIFF", compression="group4")
    with Image.open(io.BytesIO(tiff)) as opened:
        start, length = opened.tag_v2[273][0], opened.tag_v2[279][0]
    return tiff[start : start + length]


def drawn_form() -> bytes:
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4)
    canvas.acroForm.textfield(name="a", value="v")
    canvas.acroForm.checkbox(name="b")
    canvas.acroForm.choice(name="c", value="A", options=["A", "B"])
    canvas.linkURL("https://example.com", (10, 10, 50, 50))
    canvas.bookmarkPage("k")
    canvas.addOutlineEntry("Title", "k", 0)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


# -- hostile: name, bytes, the codes that fit -------------------------------------------------------------------------

Hostile = Iterator[tuple[str, bytes, set[str]]]


def hostile_files() -> Hostile:
    yield from two_files_in_one()
    yield from active_pdfs()
    yield from broken_and_bloated()


def a_zip() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.txt", "x" * 2000)
    return target.getvalue()


OTHERS: dict[str, bytes] = {
    "zip": a_zip(),
    "windows program": b"MZ" + NOISE,
    "elf program": b"\x7fELF" + NOISE,
    "java class": b"\xca\xfe\xba\xbe" + NOISE,
    "shell script": b"#!/bin/sh\nrm -rf /\n",
    "web page": b"<html><script>alert(1)</script></html>",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "php": b"<?php system($_GET[0]); ?>",
    "short php": b"<?= `$_GET[0]` ?>",
    "asp": b'<%eval request("x")%>',
    "phar": b"__HALT_COMPILER(); ?>\r\n" + NOISE,
    "pdf": good("pdf"),
    "gzip": gzip.compress(NOISE),
    "old word": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + NOISE,
    "rar": b"Rar!\x1a\x07\x01\x00" + NOISE,
    "7z": b"7z\xbc\xaf\x27\x1c" + NOISE,
    "javascript": b"*/=1;alert(1)//",
    "rtf": b"{\\rtf1 x}",
    "picture": good("png"),
    "iframe": b"<iframe src=javascript:alert(1)>",
    "postscript": b"%!PS-Adobe-3.0\nquit",
    "test virus": rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*",
}
MARKED = {"zip", "web page", "svg", "php", "phar", "pdf", "rar", "7z", "iframe", "test virus"}
"""These are found wherever they are, not only behind the end."""


def two_files_in_one() -> Hostile:
    for name, other in OTHERS.items():
        for kind in ("jpg", "png", "gif", "pdf"):
            yield f"{name} behind.{kind}", good(kind) + other, {"foreign_content", "trailing_data"}
        for kind in ("jpg", "pdf"):
            yield f"{name} before.{kind}", other + good(kind), {"unknown_kind", "name_disagrees", "foreign_content"}
        if name in MARKED and len(other) < 60_000:
            yield f"{name} in a comment.jpg", with_comment(other), {"foreign_content"}
            at = good("png").index(b"IDAT") - 4
            text = chunk(b"tEXt", b"Comment\0" + other)
            yield f"{name} in a text.png", good("png")[:at] + text + good("png")[at:], {"foreign_content"}
            yield f"{name} in a stream.pdf", pdf(stream(other)), {"foreign_content"}
    opened = bytearray(good("gif"))
    opened[6:8] = b"/*"
    yield "opens a comment.gif", bytes(opened), {"foreign_content", "too_many_pixels"}
    yield "opens a comment.jpg", b"\xff\xd8\xff\xe0/*" + bytes(0x2F28) + good("jpg")[2:], {"foreign_content"}


ACTIONS = {
    "javascript": b"/S /JavaScript /JS (app.alert(1))",
    "launch": b"/S /Launch /F (cmd.exe)",
    "windows launch": b"/S /Launch /Win << /F (cmd.exe) >>",
    "submit": b"/S /SubmitForm /F (http://x.example)",
    "import": b"/S /ImportData /F (x.fdf)",
    "reset": b"/S /ResetForm",
    "other file": rb"/S /GoToR /F (\\\\evil\\x.pdf) /D [0 /Fit]",
    "embedded file": b"/S /GoToE /D [0 /Fit] /T << /R /C /N (x) >>",
    "thread": b"/S /Thread /F (x.pdf) /D 0",
    "local address": b"/S /URI /URI (file:///etc/passwd)",
    "unc address": rb"/S /URI /URI (\\\\evil\\share)",
    "script address": b"/S /URI /URI (javascript:alert(1))",
    "rendition": b"/S /Rendition /OP 0",
    "film": b"/S /Movie /T (x)",
    "sound": b"/S /Sound",
    "model": b"/S /GoTo3DView /V 0",
    "rich media": b"/S /RichMediaExecute",
    "hide": b"/S /Hide /T (x)",
    "layers": b"/S /SetOCGState /State []",
}
LAST_NAME = re.compile(rb"/([A-Za-z])(\w*)")


def active_pdfs() -> Hostile:
    found = {"pdf_feature", "foreign_content"}
    for name, action in ACTIONS.items():
        whole = b"<< " + action + b" >>"
        escaped = LAST_NAME.sub(lambda match: b"/#%02x%s" % (match[1][0], match[2]), action)
        yield f"{name} opens.pdf", pdf(whole, catalog=b"/OpenAction 4 0 R"), found
        yield f"{name} escaped.pdf", pdf(b"<< " + escaped + b" >>", catalog=b"/OpenAction 4 0 R"), found
        yield f"{name} in an object stream.pdf", compressed(whole), found
        added = revised(pdf(), 1, b"<< /Type /Catalog /Pages 2 0 R /OpenAction " + whole + b" >>")
        yield f"{name} in a revision.pdf", added, found
        taken = revised(pdf(catalog=b"/OpenAction " + whole), 1, b"<< /Type /Catalog /Pages 2 0 R >>")
        yield f"{name} revised away.pdf", taken, found
        yield f"{name} next.pdf", pdf(b"<< /S /GoTo /D [3 0 R /Fit] /Next " + whole + b" >>"), found
        yield f"{name} on leaving.pdf", pdf(page=b"/AA << /C " + whole + b" >>"), found
        link = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A " + whole + b" >>"
        yield f"{name} linked.pdf", pdf(link, page=b"/Annots [4 0 R]"), found
    inside = stream(b"hello", b"/Type /EmbeddedFile")
    named = b"<< /Type /Filespec /F (a.exe) /EF << /F 4 0 R >> >>"
    yield "attachment.pdf", pdf(inside, named, catalog=b"/Names << /EmbeddedFiles << /Names [(a) 5 0 R] >> >>"), found
    yield "unnamed attachment.pdf", pdf(stream(b"x"), b"<< /F (a) /EF << /F 4 0 R >> >>", catalog=b"/AF [5 0 R]"), found
    for kind in ("FileAttachment", "RichMedia", "3D", "Movie", "Sound"):
        annotation = b"<< /Type /Annot /Subtype /%s /Rect [0 0 9 9] >>" % kind.encode()
        yield f"annotation {kind}.pdf", pdf(annotation, page=b"/Annots [4 0 R]"), found
    for key in (b"XFA", b"#58FA", b"X#46#41"):
        entry = b"/AcroForm << /%s 4 0 R /Fields [] >>" % key
        yield f"form {key.decode()}.pdf", pdf(stream(b"<xdp/>"), catalog=entry), found
    yield "portfolio.pdf", pdf(catalog=b"/Collection << /View /T >>"), found
    yield "outside stream.pdf", pdf(stream(b"", b"/F (http://evil.example/x) /FFilter /FlateDecode")), found
    yield "outside form.pdf", pdf(stream(b"", rb"/Subtype /Form /Ref << /F (\\\\evil\\x) /Page 0 >>")), found


def broken_and_bloated() -> Hostile:
    for kind in ("jpg", "png", "gif", "pdf"):
        whole = good(kind)
        yield f"cut.{kind}", whole[: len(whole) // 2], {"truncated", "unreadable"}
        yield f"noise.{kind}", whole[:9] + NOISE, {"truncated", "unreadable", "foreign_content"}
    yield "wrong sum.png", good("png").replace(b"IDAT", b"IDAT", 1)[:60] + b"\0" + good("png")[61:], {"unreadable"}
    yield "eleven pages.pdf", saved(PAGE, "PDF", save_all=True, append_images=[PAGE] * 10), {"pdf_too_many_pages"}
    none = pdf().replace(b"/Kids [3 0 R]", b"/Kids []").replace(b"/Count 1", b"/Count 0")
    yield "no page.pdf", none, {"pdf_no_pages"}
    yield "loop of pages.pdf", pdf().replace(b"/Kids [3 0 R]", b"/Kids [2 0 R]"), {"unreadable", "pdf_no_pages"}
    yield "encrypted.pdf", encrypted(), {"pdf_encrypted"}
    yield "wide.png", png(2**31 - 1, 1), {"too_many_pixels"}
    yield "many pixels.png", png(20_000, 20_000), {"too_many_pixels"}
    yield "many pixels.gif", gif(65_535, 65_535), {"too_many_pixels"}
    yield "many pixels.jpg", resized_jpeg(65_535, 65_535), {"too_many_pixels"}
    yield "many scans.jpg", scans_repeated(100), {"too_many_scans"}
    yield "film.gif", gif(100, 100, 10_000), {"animated"}
    yield "film.png", saved(PAGE, "PNG", save_all=True, append_images=[drawn(seal=False)]), {"animated"}
    swelling = b"c\0\0" + zlib.compress(bytes(10**8))
    yield "swelling text.png", png(10, 10, chunk(b"zTXt", swelling)), {"too_costly"}
    yield "swelling profile.png", png(10, 10, chunk(b"iCCP", swelling)), {"too_costly"}


def bombs() -> Hostile:
    """For the real child only: in the test's own process they would do their harm."""
    nested = stream(nested_deflate(2, 10**9), b"/Filter [/FlateDecode /FlateDecode]")
    yield "deflated twice.pdf", pdf(nested, page=b"/Contents 4 0 R"), {"too_costly"}
