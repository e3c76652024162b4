"""What a letter must not contain, wherever it hides in a PDF (threat 5).

Three searches: every object that the cross-reference tables name, with names already unescaped
(``/#4aavaScript``), and the same in each earlier revision; the text of every object stream; and the raw bytes, for
objects that no table names any more or yet.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pypdf
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject, StreamObject

from revocation.letters.limits import Limits
from revocation.letters.refusals import Refused
from revocation.marking import gettext_noop

FEATURES: dict[str, str] = {
    "/JavaScript": gettext_noop("JavaScript"),
    "/JS": gettext_noop("JavaScript"),
    "/Launch": gettext_noop("an action that starts a program (Launch)"),
    "/SubmitForm": gettext_noop("a form that sends data (SubmitForm)"),
    "/ImportData": gettext_noop("an action that imports data (ImportData)"),
    "/ResetForm": gettext_noop("an action that changes a form (ResetForm)"),
    "/GoToR": gettext_noop("a jump into another file (GoToR)"),
    "/GoToE": gettext_noop("a jump into an embedded file (GoToE)"),
    "/EmbeddedFile": gettext_noop("an attached file"),
    "/EmbeddedFiles": gettext_noop("an attached file"),
    "/FileAttachment": gettext_noop("an attached file"),
    "/Filespec": gettext_noop("a reference to another file (Filespec)"),
    "/XFA": gettext_noop("an XFA form"),
    "/RichMedia": gettext_noop("rich media"),
    "/Movie": gettext_noop("a film"),
    "/Sound": gettext_noop("a sound"),
    "/Rendition": gettext_noop("a film or a sound (Rendition)"),
    "/3D": gettext_noop("a three-dimensional model"),
    "/SetOCGState": gettext_noop("an action that shows or hides parts (SetOCGState)"),
    "/Hide": gettext_noop("an action that shows or hides parts (Hide)"),
    "/RichMediaExecute": gettext_noop("rich media"),
    "/GoTo3DView": gettext_noop("a three-dimensional model"),
    "/OPI": gettext_noop("content kept in another file"),
    "/Collection": gettext_noop("a collection of files (portfolio)"),
}
"""A name (ISO 32000-2, tables 201 and following), as key or value, and what it is in words."""

OWN_ACTION = gettext_noop("an action that runs by itself (AA)")
OPENING_ACTION = gettext_noop("an action that runs by itself (OpenAction)")
THREAD_ACTION = gettext_noop("a jump into another file (Thread)")
POSTSCRIPT = gettext_noop("a PostScript program")
OUTSIDE_STREAM = gettext_noop("content kept in another file")
NETWORK_PATH = gettext_noop("a reference to a file on another computer")
ATTACHMENT = gettext_noop("an attached file")
SCRIPT_LINK = gettext_noop("a link that runs a script")
HARMLESS_AT_OPENING = frozenset({"/GoTo", "/Named"})
FILE_KEYS = frozenset({"/F", "/UF", "/URI", "/Unix", "/Mac", "/DOS"})
PATH_ELSEWHERE = re.compile(r"\s*(\\\\|//|file:|smb:)", re.IGNORECASE)
RUNS = re.compile(r"\s*(javascript|vbscript|data|ms-[a-z-]+|search-ms):", re.IGNORECASE)

SHORTEST_RAW_NAME = 6
"""Characters. Shorter names would turn up by chance in compressed data."""
RAW_NAME = re.compile(rb"/(?:[A-Za-z0-9]|#[0-9A-Fa-f]{2}){5,60}")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")

END_OF_REVISION = re.compile(rb"%%EOF[\r\n]*")

Finding = str
"""A feature in words."""


def check_features(reader: pypdf.PdfReader, data: bytes, limits: Limits) -> None:
    """Raise Refused for the first feature found, or for more objects than can be looked at."""
    references = _references(reader)
    if len(references) > limits.max_pdf_objects:
        raise Refused("pdf_too_many_objects", objects=len(references), max_objects=limits.max_pdf_objects)
    _refuse_any(_in_text(data, SHORTEST_RAW_NAME))
    _refuse_any(_in_objects(reader, references))


def check_earlier_revisions(data: bytes, limits: Limits) -> None:
    """The same for what the file was before each of its incremental updates (ISO 32000-2 section 7.5.6).

    However many there are: the child's processor time bounds it.
    """
    ends = [match.end() for match in END_OF_REVISION.finditer(data)][:-1]
    for end in ends:
        try:
            reader = pypdf.PdfReader(io.BytesIO(data[:end]), strict=False)
            references = _references(reader)
        except Exception:  # noqa: BLE001, S112 - not a revision, but the first part of a linearised file, or chance
            continue
        if len(references) <= limits.max_pdf_objects:
            _refuse_any(_in_objects(reader, references))


def _refuse_any(findings: Iterator[Finding]) -> None:
    for feature in findings:
        raise Refused("pdf_feature", feature=feature)


def _references(reader: pypdf.PdfReader) -> list[IndirectObject]:
    """Every object that a table names, in the order of its number."""
    named = {(number, generation) for generation, table in reader.xref.items() for number in table}
    named |= {(number, 0) for number in reader.xref_objStm}
    return [IndirectObject(number, generation, reader) for number, generation in sorted(named)]


def _in_objects(reader: pypdf.PdfReader, references: list[IndirectObject]) -> Iterator[Finding]:
    yield from _in_object(reader.trailer)
    for reference in references:
        found = reader.get_object(reference)
        if isinstance(found, StreamObject) and found.get("/Type") == "/ObjStm":
            yield from _in_text(found.get_data(), 0)
        if found is not None:
            yield from _in_object(found)


def _in_text(text: bytes, shortest: int) -> Iterator[Finding]:
    for match in RAW_NAME.finditer(text):
        name = ESCAPE.sub(lambda escape: bytes([int(escape[1], 16)]), match[0]).decode("latin-1")
        if len(name) > shortest and name in FEATURES:
            yield FEATURES[name]


def _in_object(root: PdfObject) -> Iterator[Finding]:
    """The features of one object and what lies directly in it; references have their own turn."""
    pending: list[PdfObject] = [root]
    while pending:
        item = pending.pop()
        if isinstance(item, NameObject) and item in FEATURES:
            yield FEATURES[item]
        elif isinstance(item, ArrayObject):
            pending.extend(item)
        elif isinstance(item, DictionaryObject):
            yield from _in_dictionary(item)
            pending.extend(item.keys())
            pending.extend(item.raw_get(key) for key in item)


def _in_dictionary(item: DictionaryObject) -> Iterator[Finding]:
    if any("/S" in _dictionary(_dictionary(item, "/AA"), event) for event in _dictionary(item, "/AA")):
        yield OWN_ACTION
    if _dictionary(item, "/OpenAction").get("/S", "/GoTo") not in HARMLESS_AT_OPENING:
        yield OPENING_ACTION
    if item.get("/S") == "/Thread":  # elsewhere the word is an article's
        yield THREAD_ACTION
    if "/PS" in (item.get("/Subtype"), item.get("/Subtype2")):
        yield POSTSCRIPT
    if isinstance(item, StreamObject) and ("/F" in item or "/FFilter" in item):
        yield OUTSIDE_STREAM
    if "/F" in _dictionary(item, "/Ref"):
        yield OUTSIDE_STREAM
    if _dictionary(item, "/EF") or _dictionary(item, "/RF"):  # as a list, /EF is a right that a signature grants
        yield ATTACHMENT
    paths = [str(item.raw_get(key)) for key in FILE_KEYS & item.keys()]
    if any(PATH_ELSEWHERE.match(path) for path in paths):
        yield NETWORK_PATH
    if any(RUNS.match(path) for path in paths):
        yield SCRIPT_LINK


def _dictionary(item: DictionaryObject, key: str) -> DictionaryObject:
    """The dictionary under `key`, referred to or not; an empty one for anything else (a destination, nothing)."""
    found = item[key] if key in item else None  # noqa: SIM401 - `get` follows no reference
    return found if isinstance(found, DictionaryObject) else DictionaryObject()
