"""THE TABLE of what a reviewer must have looked at before an approval, route by route.

What was ticked is kept with the event of the approval: the keys, the wording that was shown, and `VERSION`. Whoever
changes a wording raises the version.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from revocation.marking import gettext_noop
from revocation.policy import Route

VERSION = 1


@dataclass(frozen=True)
class Item:
    """`text`: English, translated when shown. `letter`: only where a letter is asked (F9 waives it)."""

    key: str
    text: str
    required: bool = True
    letter: bool = False


REASON = Item("reason", gettext_noop("The customer's words fit the reason chosen."))
NAMES = Item("names", gettext_noop("The names and the serial number are the ones the customer means."))
IMPACT = Item("impact", gettext_noop("I know what dies with it and where it is in use."))
HISTORY = Item("history", gettext_noop("Earlier requests and the record hold nothing that speaks against it."))
ORGANISATION = Item(
    "organisation", gettext_noop("The organisation in the letter is the one in the certificate."), letter=True
)
SEAL = Item("seal", gettext_noop("The seal is complete, legible, and that of this organisation."), letter=True)
SIGNATURE = Item("signature", gettext_noop("The letter is signed and dated, not older than the request."), letter=True)
NUMBER = Item("number", gettext_noop("Request number and serial number in the letter are this request's."), letter=True)
EVIDENCE = Item("evidence", gettext_noop("The evidence and the colleague's justification convince me."))
REACHED = Item(
    "reached", gettext_noop("The customer was reached by a way of contact that was known before."), required=False
)

LETTER_ROUTE = (REASON, NAMES, ORGANISATION, NUMBER, SEAL, SIGNATURE, IMPACT)
CHECKLISTS: dict[Route, tuple[Item, ...]] = {
    Route.F1: (REASON, NAMES, IMPACT, HISTORY),
    Route.F2: LETTER_ROUTE,
    Route.F3: (),
    Route.K1: (),
    Route.F4: LETTER_ROUTE,
    Route.A1: (EVIDENCE, REASON, NAMES, IMPACT, REACHED),
}
BY_KEY = {item.key: item for items in CHECKLISTS.values() for item in items}


def checklist(route: Route, *, letter: bool) -> tuple[Item, ...]:
    """The items of a request. `letter`: is a letter asked for?"""
    return tuple(item for item in CHECKLISTS[route] if letter or not item.letter)


@dataclass(frozen=True)
class Checked:
    """What somebody ticked: keys of items. `shown`: the wording that they read, by key."""

    ticked: Collection[str] = ()
    shown: Mapping[str, str] = field(default_factory=dict)

    def missing(self, items: Iterable[Item]) -> tuple[Item, ...]:
        return tuple(item for item in items if item.required and item.key not in self.ticked)

    def as_data(self, items: Iterable[Item]) -> dict[str, Any]:
        """What the event keeps (L1)."""
        return {
            "version": VERSION,
            "items": [
                {"key": item.key, "text": self.shown.get(item.key, item.text), "ticked": item.key in self.ticked}
                for item in items
            ],
        }


NOTHING = Checked()
