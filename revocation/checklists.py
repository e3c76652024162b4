"""What was ticked on a route's checklist (`policy.Route`), and what of it an event keeps.

Kept are the keys, the wording that was shown, and `VERSION`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from revocation.policy import Route
from revocation.policy.checklist_items import VERSION as VERSION
from revocation.policy.checklist_items import Item as Item

BY_KEY = {item.key: item for route in Route for item in route.spec.checklist}


def checklist(route: Route, *, letter: bool) -> tuple[Item, ...]:
    """The items of a request. `letter`: is a letter asked for?"""
    return tuple(item for item in route.spec.checklist if letter or not item.letter)


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
