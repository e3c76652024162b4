"""The outcome of one check in the four parts of rule O7: what was looked for, where, what was found, what to do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from revocation.messages import Message
from revocation.ownership.sentences import MESSAGES
from revocation.ownership.sight import Sight, printable

MAX_FOUND = 10


@dataclass(frozen=True)
class Outcome:
    """The outcome of one check. `code` is a key of MESSAGES and `params` fill it.

    `found` is foreign text, which is made harmless when the outcome is made. `looked_for`: the value. `where`: DNS name
    or address. `sights`: what each perspective and server saw. `also`: further mistakes, code and params each.
    `again_in`: seconds after which a cached answer is gone. `dnssec`: the `Security` of the proof.
    """

    proven: bool
    code: str
    looked_for: str
    where: str
    found: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    sights: tuple[Sight, ...] = ()
    also: tuple[tuple[str, dict[str, Any]], ...] = ()
    again_in: int = 0
    dnssec: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "where", printable(self.where))
        object.__setattr__(self, "found", tuple(printable(text) for text in self.found[:MAX_FOUND]))
        object.__setattr__(self, "params", self._filled(self.params))
        object.__setattr__(self, "also", tuple((code, self._filled(params)) for code, params in self.also))

    def _filled(self, params: dict[str, Any]) -> dict[str, Any]:
        filling = {"looked_for": self.looked_for, "where": self.where} | params
        return {key: _harmless(given) for key, given in filling.items()}

    @property
    def sentence(self) -> str:
        return str(self.message)

    @property
    def message(self) -> Message:
        return MESSAGES.message(self.code, self.params)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as values for JSON."""
        return {
            "proven": self.proven,
            "code": self.code,
            "looked_for": self.looked_for,
            "where": self.where,
            "found": list(self.found),
            "params": dict(self.params),
            "sights": [sight.as_dict() for sight in self.sights],
            "also": [{"code": code, "params": params} for code, params in self.also],
            "dnssec": self.dnssec,
        }


def _harmless(given: Any) -> Any:
    return given if isinstance(given, int | float) else printable(str(given))
