"""Refusals (503) when something outside does not answer. Nothing changed, so the same may be tried again."""

from __future__ import annotations

from typing import ClassVar

from revocation.marking import gettext_noop
from revocation.messages import Refused, table

MESSAGES = table(
    "unavailable",
    {
        "letter_store": gettext_noop("The letter storage does not respond. Try again in a minute."),
        "inspections": gettext_noop("We are checking many letters at the moment. Try again in a minute."),
        "inspection": gettext_noop(
            "The portal cannot check letters because its server has no free space. Try again later."
        ),
        "scanner": gettext_noop(
            "The virus scanner does not respond. We accept no unscanned letters. Try again in a minute."
        ),
        "signing": gettext_noop("The portal cannot sign the PDF of this receipt at the moment. Try again later."),
        "database": gettext_noop("The portal cannot save data at the moment. Try again in a minute."),
    },
    status=503,
)


class Unavailable(Refused):
    """Something outside does not answer; the same may be asked again. `what`: the code of each kind."""

    what: ClassVar[str]

    def __init__(self) -> None:
        self.carry(MESSAGES.message(self.what))


class LettersUnavailable(Unavailable):
    """Something that a letter needs does not answer."""


class StoreUnavailable(LettersUnavailable):
    what = "letter_store"


class InspectionUnavailable(LettersUnavailable):
    what = "inspections"


class InspectionFailed(LettersUnavailable):
    what = "inspection"


class ScannerUnavailable(LettersUnavailable):
    what = "scanner"


class DatabaseUnavailable(Unavailable):
    what = "database"


class SigningUnavailable(Unavailable):
    what = "signing"
