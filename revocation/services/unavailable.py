"""What a letter needs from outside did not answer: a 503 with a sentence. Nothing changed; it may be tried again."""

from __future__ import annotations

from django.utils.translation import gettext as _


class LettersUnavailable(Exception):
    """`str()`: what happened, in the reader's language."""


class StoreUnavailable(LettersUnavailable):
    def __str__(self) -> str:
        return _("The place where letters are kept does not answer.")


class InspectionUnavailable(LettersUnavailable):
    def __str__(self) -> str:
        return _("Too many letters are being looked at just now.")


class InspectionFailed(LettersUnavailable):
    def __str__(self) -> str:
        return _("Letters cannot be looked at just now: the portal's own machine lacks room for it.")


class ScannerUnavailable(LettersUnavailable):
    def __str__(self) -> str:
        return _("The virus scanner does not answer, and no letter is taken unscanned.")


class DatabaseUnavailable(LettersUnavailable):
    def __str__(self) -> str:
        return _("The portal cannot write anything down just now.")
