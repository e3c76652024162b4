"""The store of letters. Files are written and read whole, under random names, and compared with the digest when read.

Whatever a store raises becomes one of three exceptions here: `StoreUnavailable` (nothing was kept, try again),
`LetterMissing`, `LetterDamaged`.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Iterable, Sequence

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from django.utils import timezone

from revocation.models import Actor, Event, EventKind, HeldLetter, Letter, LetterPicture
from revocation.services.core.events import record
from revocation.services.core.unavailable import StoreUnavailable
from revocation.services.letters import identity

log = logging.getLogger(__name__)


class LetterMissing(Exception):
    """The store has no such object. Staff must look."""


class LetterDamaged(Exception):
    """The bytes in the store are not the ones that were uploaded. Never shown; staff must look."""


def store() -> Storage:
    return identity.store()


def write(contents: Sequence[bytes]) -> list[str]:
    """Store each content under a new name, all or none; return the names.

    Raises `StoreUnavailable`, also where this machine's store is not the installation's.
    """
    identity.claim_for_writing(at=timezone.now())
    names: list[str] = []
    try:
        for content in contents:
            # The name is noted first, so that an object that was stored although the store failed is deleted too.
            names.append(secrets.token_hex(16))
            if (kept := store().save(names[-1], ContentFile(content))) != names[-1]:
                names[-1] = kept
                raise FileExistsError("the store chose another name")
    except Exception as error:  # every store has exceptions of its own
        log.exception("the letter store failed while writing")
        delete(names)
        raise StoreUnavailable from error
    except BaseException:
        delete(names)
        raise
    return names


def delete(names: Iterable[str]) -> None:
    """Delete these objects. One that is gone is no error, and what cannot be deleted now is left to the sweep."""
    for name in names:
        try:
            store().delete(name)
        except Exception:
            log.exception("stored letter %s could not be deleted; the sweep will", name)


def read_file(letter: Letter) -> bytes:
    """The original bytes. Raises `LetterDamaged`, `LetterMissing`, `StoreUnavailable`."""
    return _read(letter, letter.stored_as, letter.sha256)


def read_picture(picture: LetterPicture) -> bytes:
    """One page's picture. Raises as `read_file`."""
    return _read(picture.letter, picture.stored_as, picture.sha256)


def read_held_page(held: HeldLetter, number: int) -> bytes:
    """Return the picture of a page, counted from 1, of a held file. Raises as `read_file`, without an alarm."""
    page = held.pages[number - 1]
    return read(page["stored_as"], page["sha256"])


def _read(letter: Letter, stored_as: str, sha256: str) -> bytes:
    try:
        return read(stored_as, sha256)
    except LetterDamaged:
        if identity.is_right():
            alarm(letter, stored_as)
        raise


def read(stored_as: str, sha256: str) -> bytes:
    """Return the bytes, compared with the digest. Raises `LetterDamaged`, `LetterMissing`, `StoreUnavailable`."""
    data = _bytes_of(stored_as)
    if hashlib.sha256(data).hexdigest() != sha256.lower():
        log.error("stored letter %s does not match its digest", stored_as)
        raise LetterDamaged(stored_as)
    return data


def _bytes_of(stored_as: str) -> bytes:
    try:
        with store().open(stored_as) as file:
            data: bytes = file.read()
            return data
    except FileNotFoundError as error:
        if not identity.is_right():
            log.error(identity.wrong())
            raise StoreUnavailable from error
        raise LetterMissing(stored_as) from error
    except Exception as error:
        log.exception("the letter store failed while reading")
        raise StoreUnavailable from error


def alarm(letter: Letter, stored_as: str) -> None:
    """Threat 12: record one event, which mails the reviewers once, for each object that changed or is missing."""
    sharing = Letter.objects.filter(stored_as=letter.stored_as).values("request")
    known = Event.objects.filter(request_id__in=sharing, kind=EventKind.LETTER_DAMAGED, data__stored_as=stored_as)
    if not known.exists():
        by, data = Actor.system("letter store"), {"stored_as": stored_as}
        record(EventKind.LETTER_DAMAGED, by=by, at=timezone.now(), request=letter.request, data=data)
