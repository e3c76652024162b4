"""Whether the letter store that this machine reaches is the one of the database (threat 54).

It may be the default folder of a second machine, a folder that is not mounted, or another bucket. Such a store has none
of the letters, and to call them lost would be false. So the right store carries a mark: an empty object named after the
identity that the database knows. Only a store that proves to be the right one is judged or written to.

Until the first sweep sets the mark, one of two things proves a store: its place (machine and folder, or server and
bucket), or that it has most of the newest objects which the database names.
"""

from __future__ import annotations

import logging
import platform
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage, storages
from django.db import connection

from revocation.models import Evidence, HeldLetter, InstallationFact, Letter
from revocation.services.core import installation
from revocation.services.core.unavailable import StoreUnavailable

log = logging.getLogger(__name__)

STORE = "letters"
IDENTITY, PLACE = "letter store", "letter store place"
MARKS = "certportal-store"
"""The folder of marks in a store: one for each database that uses it."""
NEWEST = 20
"""Letters, or else files of evidence, whose objects are looked for where there is neither mark nor place."""
NAMED = ("bucket_name", "endpoint_url", "container", "azure_container", "account_name", "location")

NOTE_PLACE = """
INSERT INTO revocation_installationfact (name, value, noted_at) SELECT %s, %s, %s
WHERE NOT EXISTS (SELECT 1 FROM revocation_letter WHERE erased_at IS NULL)
AND NOT EXISTS (SELECT 1 FROM revocation_evidence WHERE erased_at IS NULL)
AND NOT EXISTS (SELECT 1 FROM revocation_heldletter)
ON CONFLICT DO NOTHING
"""
"""Notes the place, unless one is noted or the database names an object."""

WRONG = (
    "This machine's letter store (%(place)s) is not the one of the database: it lacks the mark. Letters are neither "
    "judged nor written here. Let LETTERS_STORAGE and LETTERS_STORAGE_OPTIONS lead every machine to the same store; if "
    "the store has moved, run `manage.py installation --adopt-letter-store` (docs/settings.md)."
)


def store() -> Storage:
    return storages[STORE]


def place() -> str:
    """Return where this machine's store is, in words that differ for every other store. They hold no secret."""
    found = store()
    if isinstance(found, FileSystemStorage):
        return f"{platform.node()}:{found.location}"[:400]
    stores: dict[str, Any] = settings.STORAGES
    options: dict[str, Any] = stores[STORE].get("OPTIONS", {})
    return " ".join(f"{name}={options[name]}" for name in NAMED if options.get(name))[:400] or type(found).__name__


def is_right() -> bool:
    """Return whether this store proves to be the database's. Changes nothing. Raises `StoreUnavailable`."""
    return _proves(_facts()) or _names_nothing()


def _facts() -> dict[str, str]:
    return dict(InstallationFact.objects.filter(name__in=(IDENTITY, PLACE)).values_list("name", "value"))


def _proves(facts: dict[str, str]) -> bool:
    if facts.get(IDENTITY):
        return exists(mark_of(facts[IDENTITY]))
    return facts.get(PLACE) == place() or _has_most_of_the_newest()


def claim(*, at: datetime) -> bool:
    """Return the same as `is_right`, and mark a store that is right. Raises `StoreUnavailable`."""
    if not is_right():
        return False
    known = installation.fact(IDENTITY)
    if known and exists(mark_of(known)):
        return True
    return _mark(known, at=at)


def adopt(*, at: datetime) -> None:
    """Mark this store as the right one, because the operator says so. Raises `StoreUnavailable`."""
    _mark(installation.fact(IDENTITY), at=at)


def claim_for_writing(*, at: datetime) -> None:
    """Check the store before a letter is written. The first letter of an installation says where letters are kept.

    Raises `StoreUnavailable` where letters are kept somewhere else.
    """
    _note_place_of_the_first(at)
    facts = _facts()
    if _proves(facts):
        return
    if not _names_nothing():
        log.error(wrong())
        raise StoreUnavailable
    # Another machine's store was marked or noted, but nothing is kept yet: the first letter decides.
    InstallationFact.objects.filter(name=IDENTITY, value=facts.get(IDENTITY, "")).delete()
    installation.replace(PLACE, facts.get(PLACE, ""), place(), at=at)


def _note_place_of_the_first(at: datetime) -> None:
    """Note the place of the first letter.

    It is one statement: of two first letters at once only one says where, and every letter costs the same.
    """
    with connection.cursor() as cursor:
        cursor.execute(NOTE_PLACE, [PLACE, place(), connection.ops.adapt_datetimefield_value(at)])


def _mark(known: str, *, at: datetime) -> bool:
    """Give this store a new identity, so that a store with an older mark is wrong; return whether this one is right."""
    identity = secrets.token_hex(16)
    try:
        store().save(mark_of(identity), ContentFile(b""))
    except Exception as error:  # every store has exceptions of its own
        raise StoreUnavailable from error
    stands = installation.note(IDENTITY, identity, at=at)
    if stands == identity or (stands == known and installation.replace(IDENTITY, known, identity, at=at)):
        installation.replace(PLACE, installation.fact(PLACE), place(), at=at)
        return True
    remove(mark_of(identity))  # another machine was faster
    return exists(mark_of(installation.fact(IDENTITY)))


def mark_of(identity: str) -> str:
    return f"{MARKS}/{identity}"


def other_marks() -> list[str]:
    """Marks of other databases in this store. Raises `StoreUnavailable`."""
    known = installation.fact(IDENTITY)
    try:
        return sorted(name for name in store().listdir(MARKS)[1] if name and name != known)
    except FileNotFoundError:
        return []
    except Exception as error:  # every store has exceptions of its own
        raise StoreUnavailable from error


def wrong() -> str:
    return WRONG % {"place": place()}


def exists(name: str) -> bool:
    """Return whether the store has an object of this name. Raises `StoreUnavailable`."""
    try:
        return bool(store().exists(name))
    except Exception as error:  # every store has exceptions of its own
        raise StoreUnavailable from error


def remove(name: str) -> None:
    try:
        store().delete(name)
    except Exception:
        log.exception("the mark %s could not be removed", name)


def _names_nothing() -> bool:
    """Return whether the database names no object at all: then no store can be the wrong one."""
    kept = (Letter.objects.filter(erased_at=None), HeldLetter.objects.all(), Evidence.objects.filter(erased_at=None))
    return not any(rows.exists() for rows in kept)


def _has_most_of_the_newest() -> bool:
    letters = list(Letter.objects.filter(erased_at=None).order_by("-id").values_list("stored_as", flat=True)[:NEWEST])
    names = letters or [
        name
        for found in Evidence.objects.filter(erased_at=None).order_by("-id")[:NEWEST]
        for name in found.stored_names
    ]
    return sum(map(exists, names)) * 2 > len(names)
