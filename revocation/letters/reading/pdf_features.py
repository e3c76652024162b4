"""What a letter must not contain, wherever it hides in a PDF (threat 5).

Three searches: every object that the cross-reference tables name, earlier revisions' included, with names
already unescaped (``/#4aavaScript``); the text of every object stream; and the raw bytes, for objects that
no table names any more or yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pypdf
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, PdfObject, StreamObject

from revocation.letters.limits import Limits
from revocation.letters.refusals import Refused

FEATURES: dict[str, str] = {
    "/JavaScript": "JavaScript",
    "/JS": "JavaScript",
    "/Launch": "an action that starts a program (Launch)",
    "/SubmitForm": "a form that sends data (SubmitForm)",
    "/ImportData": "an action that imports data (ImportData)",
    "/ResetForm": "an action that changes a form (ResetForm)",
    "/GoToR": "a jump into another file (GoToR)",
    "/GoToE": "a jump into an embedded file (GoToE)",
    "/EmbeddedFile": "an attached file",
    "/EmbeddedFiles": "an attached file",
    "/FileAttachment": "an attached file",
    "/Filespec": "a reference to another file (Filespec)",
    "/XFA": "an XFA form",
    "/RichMedia": "rich media",
    "/Movie": "a film",
    "/Sound": "a sound",
    "/Rendition": "a film or a sound (Rendition)",
    "/3D": "a three-dimensional model",
    "/SetOCGState": "an action that shows or hides parts (SetOCGState)",
    "/Hide": "an action that shows or hides parts (Hide)",
    "/Collection": "a collection of files (portfolio)",
}
"""A name (ISO 32000-2, tables 201 and following), as key or value, and what it is in words."""

OWN_ACTIONS = "an action that runs by itself (%s)"
OUTSIDE_STREAM = "content kept in another file"
NETWORK_PATH = "a reference to a file on another computer"
HARMLESS_AT_OPENING = frozenset({"/GoTo", "/Named"})
FILE_KEYS = frozenset({"/F", "/UF", "/URI", "/Unix", "/Mac", "/DOS"})
PATH_ELSEWHERE = re.compile(r"\\\\|//|file:|smb:", re.IGNORECASE)

SHORTEST_RAW_NAME = 6
"""Characters. Shorter names would turn up by chance in compressed data."""
RAW_NAME = re.compile(rb"/(?:[A-Za-z0-9]|#[0-9A-Fa-f]{2}){5,60}")
ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")

Finding = str
"""A feature in words."""


def check_features(reader: pypdf.PdfReader, data: bytes, limits: Limits) -> None:
    """Raise Refused for the first feature found, or for more objects than can be looked at."""
    references = _references(reader)
    if len(references) > limits.max_pdf_objects:
        raise Refused("pdf_too_many_objects", objects=len(references), max_objects=limits.max_pdf_objects)
    for feature in _findings(reader, data, references):
        raise Refused("pdf_feature", feature=feature)


def _references(reader: pypdf.PdfReader) -> list[IndirectObject]:
    """Every object that a table names, in the order of its number."""
    named = {(number, generation) for generation, table in reader.xref.items() for number in table}
    named |= {(number, 0) for number in reader.xref_objStm}
    return [IndirectObject(number, generation, reader) for number, generation in sorted(named)]


def _findings(reader: pypdf.PdfReader, data: bytes, references: list[IndirectObject]) -> Iterator[Finding]:
    yield from _in_text(data, SHORTEST_RAW_NAME)
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
    if "/AA" in item and "/Type" not in _dictionary(item, "/AA"):
        yield OWN_ACTIONS % "AA"
    opening = _dictionary(item, "/OpenAction")
    if opening.get("/S", "/GoTo") not in HARMLESS_AT_OPENING:
        yield OWN_ACTIONS % "OpenAction"
    if isinstance(item, StreamObject) and ("/F" in item or "/FFilter" in item):
        yield OUTSIDE_STREAM
    if any(PATH_ELSEWHERE.match(str(item.raw_get(key))) for key in FILE_KEYS & item.keys()):
        yield NETWORK_PATH


def _dictionary(item: DictionaryObject, key: str) -> DictionaryObject:
    """The dictionary under `key`, or an empty one for anything else (a destination, a missing object)."""
    found = item.get(key)
    return found if isinstance(found, DictionaryObject) else DictionaryObject()
