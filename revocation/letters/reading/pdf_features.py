"""What a letter must not contain, wherever it hides in a PDF (threat 5).

The objects are judged (`pdf_objects`), not the bytes of the file. A name counts as a key, and where it says what an
action, an object or an annotation is. The same word does not count in a string, in an address, in writing, or as a name
that the writer chose (of a font, a picture, a place in the document, a style). Objects that are not well formed are
searched for the bare names, since viewers may repair them one way or another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from revocation.letters.reading.pdf_objects import Objects
from revocation.letters.reading.pdf_syntax import Entries, Name, Text, Value, name_of, within
from revocation.letters.refusals import FileRefused
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
"""A name (ISO 32000-2, tables 201 and following), and what it is in words."""

OWN_ACTION = gettext_noop("an action that runs by itself (AA)")
OPENING_ACTION = gettext_noop("an action that runs by itself (OpenAction)")
THREAD_ACTION = gettext_noop("a jump into another file (Thread)")
POSTSCRIPT = gettext_noop("a PostScript program")
OUTSIDE_STREAM = gettext_noop("content kept in another file")
NETWORK_PATH = gettext_noop("a reference to a file on another computer")
ATTACHMENT = gettext_noop("an attached file")
SCRIPT_LINK = gettext_noop("a link that runs a script")

TELLING_KEYS = ("/S", "/Type", "/Subtype")
"""Under these a name says what its dictionary is."""
FREELY_NAMED = frozenset({
    "/Font", "/XObject", "/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/Properties", "/CharProcs", "/Colorants",
    "/Dests", "/RoleMap", "/ClassMap", "/Info", "/PieceInfo", "/N", "/R", "/D",
})  # fmt: skip
"""Only dictionaries under these keys have keys that the writer of the file made up: resources (tables 34 and 110),
places, styles (table 354), document information, and the states of a button (table 170)."""
STYLED = frozenset({
    "/Type", "/S", "/P", "/ID", "/Ref", "/Pg", "/K", "/A", "/C", "/R", "/T", "/Lang", "/Alt", "/E", "/ActualText",
    "/AF", "/NS", "/PhoneticAlphabet", "/Phoneme",
})  # fmt: skip
"""Keys of a structure element (table 355), whose /S is a style. An action needs another key to do anything."""

HARMLESS_AT_OPENING = frozenset({"/GoTo", "/Named"})
FILE_KEYS = ("/F", "/UF", "/URI", "/Unix", "/Mac", "/DOS")
PATH_ELSEWHERE = re.compile(r"\s*(\\\\|//|file:|smb:)", re.IGNORECASE)
RUNS = re.compile(r"\s*(javascript|vbscript|data|ms-[a-z-]+|search-ms):", re.IGNORECASE)
PASSED_OVER = re.compile(r"[\x00-\x1f\x7f]")
"""Browsers ignore these in an address."""

RAW_NAME = re.compile(rb"/(?:[A-Za-z0-9]|#[0-9A-Fa-f]{2}){1,60}")

Finding = str
"""A feature in words."""


def check_features(objects: Objects) -> None:
    """Raise FileRefused for the first feature found."""
    for feature in _findings(objects):
        raise FileRefused("pdf_feature", feature=feature)


def _findings(objects: Objects) -> Iterator[Finding]:
    for found in objects.found:
        if isinstance(found.value, Name) and found.value in FEATURES:  # a bare name that others refer to
            yield FEATURES[found.value]
        yield from _in_text(found.unread)
        free = objects.referrers.get(found.number, set()) if found.number is not None else set()
        yield from _in_value(found.value, bool(free) and free <= FREELY_NAMED, objects)


def _in_text(text: bytes) -> Iterator[Finding]:
    """Yield the features named in what could not be read as an object."""
    for match in RAW_NAME.finditer(text):
        if (name := name_of(match[0])) in FEATURES:
            yield FEATURES[name]


def _in_value(root: Value, freely_named: bool, objects: Objects) -> Iterator[Finding]:
    """Yield the features of one object and what lies directly in it. Objects that it refers to have their own turn."""
    for key, value in within(root):
        if isinstance(value, Entries):
            if not (freely_named if value is root else key in FREELY_NAMED):
                yield from (FEATURES[name] for name in value.names if name in FEATURES)
            yield from _in_entries(_View(value, objects))


class _View:
    """A dictionary whose references are followed."""

    def __init__(self, entries: Entries, objects: Objects) -> None:
        self.entries, self.objects = entries, objects

    def values(self, key: str) -> list[Value]:
        return [end for value in self.entries.values(key) for end in self.objects.meant(value)]

    def names(self, key: str) -> set[str]:
        return {value for value in self.values(key) if isinstance(value, Name)}

    def texts(self, key: str) -> list[str]:
        return [PASSED_OVER.sub("", value) for value in self.values(key) if isinstance(value, Text)]

    def below(self, key: str) -> list[_View]:
        return [_View(value, self.objects) for value in self.values(key) if isinstance(value, Entries)]


def _in_entries(view: _View) -> Iterator[Finding]:
    entries = view.entries
    styled = "/P" in entries.names and entries.names <= STYLED
    for key in TELLING_KEYS:
        if not (styled and key == "/S"):
            yield from (FEATURES[name] for name in view.names(key) if name in FEATURES)
    if "/Thread" in view.names("/S"):  # under other keys the word means an article
        yield THREAD_ACTION
    if "/PS" in view.names("/Subtype") | view.names("/Subtype2"):
        yield POSTSCRIPT
    yield from _by_itself(view)
    yield from _elsewhere(view)


def _by_itself(view: _View) -> Iterator[Finding]:
    for actions in view.below("/AA"):
        if any(action.values("/S") for event in actions.entries.names for action in actions.below(event)):
            yield OWN_ACTION
    for action in view.below("/OpenAction"):
        if not action.names("/S") <= HARMLESS_AT_OPENING:
            yield OPENING_ACTION


def _elsewhere(view: _View) -> Iterator[Finding]:
    """Yield files and addresses elsewhere. A link to a page or a mailbox is allowed, since only pictures are shown."""
    keys = view.entries.names
    if view.entries.stream and keys & {"/F", "/FFilter"}:
        yield OUTSIDE_STREAM
    if any("/F" in below.entries.names for below in view.below("/Ref")):
        yield OUTSIDE_STREAM
    if any(below.entries.pairs for key in ("/EF", "/RF") for below in view.below(key)):
        yield ATTACHMENT  # as a list, /EF is a right that a signature grants
    paths = [path for key in FILE_KEYS for path in view.texts(key)]
    if any(PATH_ELSEWHERE.match(path) for path in paths):
        yield NETWORK_PATH
    if any(RUNS.match(path) for path in paths):
        yield SCRIPT_LINK
