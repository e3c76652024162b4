"""Letters as ordinary programs write them, with ordinary links, titles and names. None of them is dangerous."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator

from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Link, Text
from pypdf.generic import DictionaryObject, Fit, NameObject, TextStringObject
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.letters.made import compressed, drawn, good, pdf, revised, saved, stream

PAGE = drawn()
LINKS = (
    "https://shop.example/Collection",
    "https://shop.example/Launch",
    "https://shop.example/JavaScript",
    "https://shop.example/JS/RichMedia/Movie/Sound/3D?x=/XFA&y=/EmbeddedFiles#/OpenAction",
    "https://shop.example/SubmitForm/ImportData/ResetForm/GoToR/GoToE/Filespec/AA",
    "http://shop.example/a%2FLaunch/#4aavaScript",
    "https://shop.example/about-javascript:why",
    "mailto:legal@shop.example?subject=/JavaScript",
    "tel:+8613800000000",
)
WORDS = (
    "<html>",
    "<script>alert(1)</script>",
    "How to use <?php and javascript: /JavaScript /Launch",
    "/JavaScript",
    "/S /JavaScript /JS (app.alert)",
    "PK\x03\x04 and %PDF-1.4 and %%EOF",
    "吊销函 <!DOCTYPE html> /Collection",
    "obj /Launch endobj stream endstream",
)
Files = Iterator[tuple[str, bytes]]


def files() -> Files:
    """Name and bytes of every ordinary letter that is made without another program."""
    yield from linked()
    yield from titled()
    yield from named()
    yield from saved_twice()
    yield from written_by_hand()
    yield from pictures()


def lettered(*, title: str = "", link: str = "", words: str = "", shrunk: bool = False) -> bytes:
    """A page of writing by reportlab."""
    target = io.BytesIO()
    canvas = Canvas(target, pagesize=A4, pageCompression=int(shrunk))
    if title:
        canvas.setTitle(title)
        canvas.setSubject(title)
        canvas.setKeywords(title)
        canvas.setAuthor(title)
    for line in range(30):
        canvas.drawString(60, 780 - 20 * line, words or "We ask you to revoke the certificate below.")
    canvas.setFillColorRGB(0.8, 0.1, 0.1)
    canvas.circle(400, 150, 60, fill=1)
    if link:
        canvas.linkURL(link, (60, 60, 300, 90))
    canvas.bookmarkPage("Launch")
    canvas.addOutlineEntry("/JavaScript " + title, "Launch")
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def written(writer: PdfWriter) -> bytes:
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def linked() -> Files:
    for number, link in enumerate(LINKS):
        yield f"reportlab, link {number}.pdf", lettered(link=link)
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(good("pdf"))))
        writer.add_annotation(0, Link(rect=(50, 50, 200, 90), url=link))
        yield f"pypdf, link {number}.pdf", written(writer)
        action = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (%s) >> >>" % link.encode()
        yield f"object stream, link {number}.pdf", compressed(action)


def titled() -> Files:
    for number, words in enumerate(WORDS):
        yield f"reportlab, title {number}.pdf", lettered(title=words, shrunk=bool(number % 2))
        yield f"reportlab, writing {number}.pdf", lettered(words=words)
        yield f"pillow, title {number}.pdf", saved(PAGE, "PDF", title=words, subject=words, keywords=words)
        writer = PdfWriter(clone_from=PdfReader(io.BytesIO(good("pdf"))))
        writer.add_metadata({"/Title": words, "/JS": words, "/Collection": words, "/Company": words})
        writer.add_outline_item(title=words, page_number=0)
        writer.add_annotation(0, Text(rect=(50, 50, 80, 80), text=words))
        writer.add_annotation(0, FreeText(rect=(50, 90, 200, 120), text=words))
        yield f"pypdf, title, bookmark and notes {number}.pdf", written(writer)
        described = b"<x:xmpmeta><dc:title><![CDATA[%s]]></dc:title></x:xmpmeta>" % words.encode()
        yield f"metadata {number}.pdf", pdf(stream(described, b"/Type /Metadata"), catalog=b"/Metadata 4 0 R")


def named() -> Files:
    """Yield files with names that their writer chooses freely: of fonts, pictures, places, jumps, styles, colours."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    for name in (b"JavaScript", b"Launch", b"JS", b"Collection", b"XFA", b"Movie", b"Sound", b"Hide", b"3D"):
        fonts = b"/Resources << /Font << /%s << /Type /Font /Subtype /Type1 /BaseFont /%s >> >> >>" % (name, name)
        yield f"font {name.decode()}.pdf", pdf(page=fonts)
        yield f"font beside {name.decode()}.pdf", pdf(font, page=b"/Resources << /Font << /%s 4 0 R >> >>" % name)
        image = stream(b"\0" * 100, b"/Type /XObject /Subtype /Image /Width 10 /Height 10 /BitsPerComponent 8 "
                       b"/ColorSpace /DeviceGray")  # fmt: skip
        yield f"picture {name.decode()}.pdf", pdf(image, page=b"/Resources << /XObject << /%s 4 0 R >> >>" % name)
        yield f"place {name.decode()}.pdf", pdf(catalog=b"/Dests << /%s [3 0 R /Fit] >>" % name)
        jump = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /Dest /%s >>" % name
        yield f"jump {name.decode()}.pdf", pdf(jump, page=b"/Annots [4 0 R]")
        styled = b"<< /Type /StructElem /S /%s /P 5 0 R /Pg 3 0 R /K 0 >>" % name
        root = b"<< /Type /StructTreeRoot /K 4 0 R /RoleMap << /%s /P >> >>" % name
        yield f"style {name.decode()}.pdf", pdf(styled, root, catalog=b"/StructTreeRoot 5 0 R")
        ink = b"/Resources << /ColorSpace << /Cs [/Separation /%s /DeviceGray 4 0 R] >> >>" % name
        function = b"<< /FunctionType 2 /Domain [0 1] /N 1 >>"
        yield f"colour {name.decode()}.pdf", pdf(function, page=ink)


def saved_twice() -> Files:
    for number, words in enumerate(WORDS):
        first = lettered(title=words, link=LINKS[number])
        writer = PdfWriter(io.BytesIO(first), incremental=True)
        writer.add_metadata({"/Title": words + " again"})
        yield f"pypdf, saved twice {number}.pdf", written(writer)
    first = lettered(link=LINKS[0])
    for times in range(2, 6):
        writer = PdfWriter(io.BytesIO(first), incremental=True)
        writer.add_annotation(0, Link(rect=(50, 50, 200, 90), url=LINKS[times], fit=Fit.fit()))
        writer.pages[0].rotate(180)
        first = written(writer)
        yield f"pypdf, saved {times} times.pdf", first
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate 180 >>"
    yield "saved by pillow and again.pdf", revised(pdf(), 3, page)
    for name, between in {"a line": b"\r\n", "lines": b"\n\n\n", "a remark": b"\n% saved again\n"}.items():
        yield f"saved again behind {name}.pdf", revised(pdf() + between, 3, page)
    appended = io.BytesIO(saved(PAGE, "PDF", title="<html>"))
    PAGE.save(appended, "PDF", append=True)
    yield "pillow, appended.pdf", appended.getvalue()


def written_by_hand() -> Files:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(lettered(link=LINKS[1]))))
    writer.root_object[NameObject("/ViewerPreferences")] = DictionaryObject(
        {NameObject("/HideMenubar"): NameObject("/Hide")}
    )
    writer.add_named_destination("/JavaScript", 0)
    writer._info[NameObject("/Launch")] = TextStringObject("/Launch")
    writer.compress_identical_objects()
    yield "pypdf, all of it.pdf", written(writer)
    field = (
        b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (JavaScript) /TU (/Launch) /V (<html>) /F 4 /Rect [0 0 9 9] >>"
    )
    yield "form field.pdf", pdf(field, page=b"/Annots [4 0 R]", catalog=b"/AcroForm << /Fields [4 0 R] >>")
    chosen = b"<< /Type /Annot /Subtype /Widget /FT /Btn /T (a) /AS /Launch /F 4 /Rect [0 0 9 9] >>"
    yield "chosen state.pdf", pdf(chosen, page=b"/Annots [4 0 R]", catalog=b"/AcroForm << /Fields [4 0 R] >>")
    yield "remark between.pdf", pdf(b"<< /A true >> % see /JavaScript and /Launch")
    text = b"BT /F1 12 Tf (see /S /JavaScript \\(and <html> \\) %PDF-1.4) Tj <2F4C61756E6368> Tj ET"
    yield "writing, not packed.pdf", pdf(stream(text), page=b"/Contents 4 0 R")
    glyphs = b"<< /Type /Font /Subtype /Type1 /Encoding << /Differences [0 /JavaScript /Launch /Movie] >> >>"
    yield "glyphs.pdf", pdf(glyphs, page=b"/Resources << /Font << /F1 4 0 R >> >>")
    yield "web capture.pdf", pdf(catalog=b"/URI << /Base (https://shop.example/) >>")


# -- pictures ---------------------------------------------------------------------------------------------------------

REMARKS = (
    "see <html> and <script>",
    "<html>",
    "PK\x03\x04",
    "made from %PDF-1.4 by a converter",
    "%PDF-1.7",
    "javascript: the good parts",
    "https://shop.example/?a=<html>&b=PK",
    "PK\x05\x06 is how a ZIP ends",
)


CHANCE = {
    "a short tag of PHP": b"<?=n\x8a\x02\xf4;",
    "a tag of a server": b"<%=\x91 a\x80%>",
    "a handler": b"<q \x00\x11 onload=",
}
"""Bytes that occur in a photograph by chance: the first one in every hundredth photograph of 1.4 MB."""


def pictures() -> Files:
    for name, points in CHANCE.items():
        segment = b"\xff\xe7" + struct.pack(">H", len(points) + 2) + points
        yield f"like {name}.jpg", good("jpg")[:2] + segment + good("jpg")[2:]
    for number, remark in enumerate(REMARKS):
        text = remark.encode()
        yield f"comment {number}.jpg", saved(PAGE, "JPEG", comment=text)
        notes = Image.Exif()
        for tag in (0x010E, 0x0131, 0x013B, 0x8298):  # description, software, artist, copyright
            notes[tag] = remark
        yield f"notes {number}.jpg", saved(PAGE, "JPEG", exif=notes)
        xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:title><![CDATA[%s]]></dc:title></x:xmpmeta>" % text
        yield f"xmp {number}.jpg", saved(PAGE, "JPEG", xmp=xmp)
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Title", remark)
        texts.add_itxt("Comment", remark)
        texts.add_text("Software", remark, zip=True)
        yield f"texts {number}.png", saved(PAGE, "PNG", pnginfo=texts, exif=notes)
        yield f"comment {number}.gif", saved(PAGE, "GIF", comment=text)
