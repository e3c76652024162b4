"""Rows against stored objects (threat 12): objects that no row names, and missing objects that a row names."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from revocation.models import Evidence, HeldLetter, Letter, LetterPicture
from revocation.services.core.unavailable import StoreUnavailable
from revocation.services.letters import identity
from revocation.services.letters.store import alarm, delete, store

log = logging.getLogger(__name__)

GRACE = timedelta(days=7)
"""An object younger than this is left alone. It may belong to an upload whose row is not written yet, or to a row that
a restored backup does not know yet."""
OUR_NAME = re.compile(r"[0-9a-f]{32}")
"""The names that `store.write` gives. Nothing else is ever deleted: the store may be shared by mistake."""


@dataclass(frozen=True)
class Orphans:
    """What a sweep finds. `wrong_store`: why nothing was judged.

    `objects`: named by no row, to be deleted. `left`: named by no row either, but too young, not named as we name, or
    in a store that another database uses too. `missing`: named by a row but not in the store, with the letter that
    needs it.
    """

    objects: tuple[str, ...]
    left: tuple[str, ...]
    missing: tuple[tuple[str, Letter], ...]
    wrong_store: str = ""


def find(*, at: datetime) -> Orphans:
    """Compare rows and objects; change nothing. Raises `StoreUnavailable`.

    It holds the name of each stored object in memory, and no bytes.
    """
    if not identity.is_right():
        return Orphans((), (), (), identity.wrong())
    # Objects first: what is stored after this is not in the list, and so never taken for an orphan.
    kept = _objects()
    needed = dict(_needed())
    held = {name for letter in HeldLetter.objects.iterator() for name in letter.stored_names}
    held |= {name for found in Evidence.objects.filter(erased_at=None).iterator() for name in found.stored_names}
    stray = sorted(kept - needed.keys() - held)
    shared = bool(stray) and _is_shared()
    old = tuple(name for name in stray if not shared and OUR_NAME.fullmatch(name) and _is_old(name, at))
    missing = sorted(name for name in needed.keys() - kept if not _exists(name))
    letters = Letter.objects.select_related("request__certificate").in_bulk([needed[name] for name in missing])
    lost = tuple((name, letters[needed[name]]) for name in missing if not letters[needed[name]].erased_at)
    return Orphans(old, tuple(sorted(set(stray) - set(old))), lost)


def sweep(*, at: datetime, remove: bool = True) -> Orphans:
    """Compare as `find` does, and raise an alarm once for each missing object.

    With `remove`, old objects without a row are deleted. A store that does not prove to be the database's is left
    alone, and nothing is called missing.
    """
    if not identity.claim(at=at):
        log.error(identity.wrong())
        return Orphans((), (), (), identity.wrong())
    found = find(at=at)
    for name, letter in found.missing:
        log.error("the store has not what letter %s needs: %s", letter.pk, name)
        alarm(letter, name)
    if found.objects and remove:
        log.warning("deleting %s stored objects that no letter names", len(found.objects))
        delete(found.objects)
    return found


def _is_shared() -> bool:
    """Return whether another database marked the same store: then what no row here names may be its letter."""
    others = identity.other_marks()
    if others:
        log.warning("another database uses this letter store too (its mark: %s): nothing is deleted", others[0])
    return bool(others)


def _objects() -> set[str]:
    try:
        return set(store().listdir("")[1])
    except FileNotFoundError:  # a folder that nothing was ever stored in
        return set()
    except Exception as error:  # every store has exceptions of its own
        raise StoreUnavailable from error


def _needed() -> Iterator[tuple[str, int]]:
    """Each object that a letter needs, with the key of one such letter."""
    yield from Letter.objects.filter(erased_at__isnull=True).values_list("stored_as", "pk").iterator()
    pictures = LetterPicture.objects.filter(letter__erased_at__isnull=True)
    yield from pictures.values_list("stored_as", "letter").iterator()


def _is_old(name: str, at: datetime) -> bool:
    try:
        return bool(store().get_modified_time(name) <= at - GRACE)
    except FileNotFoundError:  # gone meanwhile
        return False
    except Exception as error:
        raise StoreUnavailable from error


def _exists(name: str) -> bool:
    """Return whether the store has it. It is asked again, as it may have been stored after the list was made."""
    try:
        return bool(store().exists(name))
    except Exception as error:
        raise StoreUnavailable from error
