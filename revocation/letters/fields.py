"""What letters and receipts say, apart from how it is drawn. Code that only fills them in needs no typeface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from revocation.letters.qr import LetterCode


@dataclass(frozen=True)
class LetterFields:
    """What a letter says. All text may be hostile: `template` cleans and bounds it.

    `names`: DNS names as in the certificate, first the one people know. `serial_number` and `fingerprint`
    (SHA-256): hexadecimal. `not_before`, `not_after`: aware, UTC. `reason`: plain words, not a number.
    `explanation`: the customer's own words, may be empty. `prepared_on`: the date on the letter.
    """

    request_number: str
    organisation: str
    names: tuple[str, ...]
    issuer: str
    serial_number: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    reason: str
    prepared_on: date
    explanation: str = ""

    @property
    def number(self) -> str:
        return self.request_number


@dataclass(frozen=True)
class Listed:
    """One certificate of the list. `reason`: only where the reasons differ. The rest as in `LetterFields`."""

    request_number: str
    names: tuple[str, ...]
    issuer: str
    serial_number: str
    fingerprint: str
    not_before: datetime
    not_after: datetime
    organisation: str = ""
    reason: str = ""


@dataclass(frozen=True)
class JointFields:
    """What a letter for several certificates says. `reason`: the common one, empty where they differ."""

    number: str
    organisation: str
    certificates: tuple[Listed, ...]
    reason: str
    prepared_on: date
    explanation: str = ""

    @property
    def code(self) -> LetterCode:
        return LetterCode.together(self.number, (entry.fingerprint for entry in self.certificates))


@dataclass(frozen=True)
class Row:
    """`chinese`, `english`: the label. `values`: each begins a line; what is too long is wrapped."""

    chinese: str
    english: str
    values: Sequence[str]
