"""Hundreds of good files, made in seconds: every one is a letter."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any, cast

from PIL import Image, ImageCms, PngImagePlugin
from PIL.TiffImagePlugin import TiffImageFile
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.letters.made import (
    chunk,
    compressed,
    drawn,
    good,
    pdf,
    revised,
    saved,
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
    variants: dict[str, dict[str, Any]] = {
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
    variants: dict[str, tuple[Image.Image, dict[str, Any]]] = {
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


HARMLESS: dict[str, dict[str, Any]] = {
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
    """Return a fax image of group 4: the strip of a TIFF, without the TIFF around it."""
    tiff = saved(PAGE.convert("1"), "TIFF", compression="group4")
    with cast(TiffImageFile, Image.open(io.BytesIO(tiff))) as opened:
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
