"""What one perspective or one name server saw, kept as evidence (O7, Baseline Requirements 3.2.2.9)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

MAX_TEXT = 200
MAX_RECORDS = 5


class Role(StrEnum):
    PRIMARY = "primary"
    REMOTE = "remote"
    SERVER = "server"  # an authoritative name server of the zone
    WEB = "web"  # a web server's address


@dataclass(frozen=True)
class Sight:
    """What was seen at one place.

    `where`: the name of the perspective, or the name and address of the name server or web server. `status`: a
    `dns.Status`, an HTTP status, or the code of a failure. `records` are foreign text, which is made harmless here.
    `ttl` in seconds. `proves`: the value was there. `note`: the code of a remark, such as `lame`.
    """

    role: Role
    where: str
    status: str
    records: tuple[str, ...] = ()
    ttl: int = 0
    proves: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", printable(self.where))
        object.__setattr__(self, "records", tuple(printable(text) for text in self.records[:MAX_RECORDS]))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as values for JSON."""
        return {
            "role": str(self.role),
            "where": self.where,
            "status": str(self.status),
            "records": list(self.records),
            "ttl": self.ttl,
            "proves": self.proves,
            "note": self.note,
        }


def printable(text: str) -> str:
    """Return `text` on one line, cut to MAX_TEXT characters, with unprintable characters as escapes (threat 9)."""
    if len(text) <= MAX_TEXT and text.isprintable():  # nearly always, and quickly
        return text
    shown = "".join(letter if letter.isprintable() else _escaped(letter) for letter in text[: MAX_TEXT + 1])
    return shown if len(shown) <= MAX_TEXT else f"{shown[: MAX_TEXT - 1]}…"


def _escaped(letter: str) -> str:
    return letter.encode("ascii", "backslashreplace").decode() if ord(letter) > 127 else f"\\x{ord(letter):02x}"
