"""The items that a reviewer ticked on a route's checklist (`policy.Route`), and what an event keeps of them.

An event keeps the keys of the items, the wording that was shown, and `VERSION`.
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
    """Return the items of a request. `letter`: whether the request needs a letter."""
    return tuple(item for item in route.spec.checklist if letter or not item.letter)


@dataclass(frozen=True)
class Checked:
    """The keys of the items that somebody ticked. `shown`: the wording that they read, by key."""

    ticked: Collection[str] = ()
    shown: Mapping[str, str] = field(default_factory=dict)

    def missing(self, items: Iterable[Item]) -> tuple[Item, ...]:
        return tuple(item for item in items if item.required and item.key not in self.ticked)

    def as_data(self, items: Iterable[Item]) -> dict[str, Any]:
        """Return what the event keeps (L1)."""
        return {
            "version": VERSION,
            "items": [
                {"key": item.key, "text": self.shown.get(item.key, item.text), "ticked": item.key in self.ticked}
                for item in items
            ],
        }


NOTHING = Checked()
