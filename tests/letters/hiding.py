"""Every action in every hiding place: where a viewer would run it, and how its name or address may be spelled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.letters.made import pdf, stream


def spelled(name: bytes) -> bytes:
    """A name with each of its letters escaped (ISO 32000-2 section 7.3.5)."""
    return b"/" + b"".join(b"#%02x" % letter for letter in name)


ACTIONS: dict[str, bytes] = {
    "javascript": b"<< /S /JavaScript /JS (app.alert(1)) >>",
    "javascript, spelled": b"<< /S %s %s (x) >>" % (spelled(b"JavaScript"), spelled(b"JS")),
    "launch, spelled": b"<< /S %s /F (a) >>" % spelled(b"Launch"),
    "script address, octal": b"<< /S /URI /URI (\\152avascript:x) >>",
    "script address, hexadecimal": b"<< /S /URI /URI <6A6176617363726970743A78> >>",
    "script address, UTF-16": b"<< /S /URI /URI <FEFF006A006100760061007300630072006900700074003A0078> >>",
    "local address, octal": b"<< /S /URI /URI (\\146ile:///etc) >>",
    "form that is sent": b"<< /S /SubmitForm /F << /FS /URL /F (http://x) >> >>",
    "other file, spelled": b"<< /S /#47oToR /F (x.pdf) /D [0 /Fit] >>",
    "embedded file": b"<< /S /GoToE /T << /R /C /N (x) >> >>",
    "import": b"<< /S /ImportData /F (x) >>",
    "rendition": b"<< /S /Rendition /JS (x) >>",
    "film": b"<< /S /Movie >>",
    "sound": b"<< /S /Sound /Sound 99 0 R >>",
    "rich media": b"<< /S /RichMediaExecute >>",
}

HERE = b"%here%"
Place = tuple[tuple[bytes, ...], dict[str, bytes]]
PLACES: dict[str, Place] = {
    "outline": (
        (b"<< /Type /Outlines /First 5 0 R /Last 5 0 R >>", b"<< /Title (a) /Parent 4 0 R /A %here% >>"),
        {"catalog": b"/Outlines 4 0 R"},
    ),
    "link": ((b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A %here% >>",), {"page": b"/Annots [4 0 R]"}),
    "link of old": ((b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /PA %here% >>",), {"page": b"/Annots [4 0 R]"}),
    "button, pointed at": (
        (b"<< /Type /Annot /Subtype /Widget /FT /Btn /Rect [0 0 9 9] /AA << /E %here% >> >>",),
        {"page": b"/Annots [4 0 R]"},
    ),
    "on closing": ((), {"catalog": b"/AA << /WC %here% >>"}),
    "among the names": ((b"<< /Names [(a) %here%] >>",), {"catalog": b"/Names << /Dests 4 0 R >>"}),
    "key pressed in a field": (
        (b"<< /T (a) /FT /Tx /AA << /K %here% /C %here% >> >>",),
        {"catalog": b"/AcroForm << /Fields [4 0 R] >>"},
    ),
    "behind a harmless one": (
        (b"<< /S /Named /N /NextPage /Next [<< /S /GoTo /D [3 0 R /Fit] >> %here%] >>",),
        {"catalog": b"/OpenAction 4 0 R"},
    ),
    "belongs to nothing": ((HERE,), {}),
    "deep in lists": ((b"[[[[[%here%]]]]]",), {}),
    "trailer": ((), {"trailer": b"/X %here%"}),
    "resources": ((), {"page": b"/Resources << /Properties << /MC0 << /A %here% >> >> >>"}),
    "structure": ((b"<< /Type /StructTreeRoot /K << /A %here% >> >>",), {"catalog": b"/StructTreeRoot 4 0 R"}),
    "a program's own notes": ((), {"page": b"/PieceInfo << /X << /Private %here% >> >>"}),
    "picture of the page": (
        (stream(b"\0" * 100, b"/Width 10 /Height 10 /X %here%"),),
        {"page": b"/Thumb 4 0 R"},
    ),
}


def hostile_files() -> Iterator[tuple[str, bytes, set[str]]]:
    for place, (objects, entries) in PLACES.items():
        for name, action in ACTIONS.items():
            filled: dict[str, Any] = {key: value.replace(HERE, action) for key, value in entries.items()}
            yield f"{name}; {place}.pdf", pdf(*(o.replace(HERE, action) for o in objects), **filled), {"pdf_feature"}
    for kind in (b"3D", b"RichMedia", b"Movie", b"Sound", b"FileAttachment"):
        annotation = b"<< /Type /Annot /Subtype /%s /Rect [0 0 9 9] >>" % kind
        yield f"annotation {kind.decode()}.pdf", pdf(annotation, page=b"/Annots [4 0 R]"), {"pdf_feature"}
    yield "form, spelled.pdf", pdf(catalog=b"/AcroForm << /X#46A [] >>"), {"pdf_feature"}
    yield "portfolio, spelled.pdf", pdf(catalog=b"/C#6fllection << >>"), {"pdf_feature"}
    yield (
        "eleven times the same page.pdf",
        pdf().replace(b"[3 0 R]", b"[%s]" % (b"3 0 R " * 11)),
        {"pdf_too_many_pages"},
    )
    yield "a page that is not there.pdf", pdf(count=2).replace(b"[3 0 R]", b"[3 0 R 77 0 R]"), {"pdf_ambiguous"}
    yield "pages in a circle.pdf", pdf().replace(b"[3 0 R]", b"[2 0 R]"), {"unreadable"}
