"""The pages behind a letter for several certificates: an entry each, in the order of their request numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from revocation.letters import wording
from revocation.letters.drawing import ENTRY_SIZE, ENTRY_WIDTH, Sheet
from revocation.letters.text import groups, joined, plain

ENTRIES_ON_A_PAGE = 12
"""A hundred certificates and the page to sign are then no more pages than a letter may have (`Limits.max_pages`)."""
NAMES_IN_TITLE = 2


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

    def lines(self, sheet: Sheet) -> tuple[str, ...]:
        """What stands below its names."""
        parts = [plain(text) for text in (self.organisation, self.reason, self.issuer) if text]
        serial, fingerprint = (plain(groups(value)) for value in (self.serial_number, self.fingerprint))
        return (
            joined(parts, sheet.measure(ENTRY_SIZE), ENTRY_WIDTH),
            f"{wording.LISTED_SERIAL} {serial}   {validity(self.not_before, self.not_after)}",
            f"SHA-256 {fingerprint}",
        )

    def title(self) -> str:
        """Its request, its first names and how many more."""
        shown = self.names[:NAMES_IN_TITLE]
        more = f"  +{len(self.names) - len(shown)}" if len(self.names) > len(shown) else ""
        return f"{plain(self.request_number)[:64]}   {', '.join(map(plain, shown))}{more}"


def validity(not_before: datetime, not_after: datetime) -> str:
    """Both instants to the minute, UTC."""
    return f"{not_before:%Y-%m-%d %H:%M} – {not_after:%Y-%m-%d %H:%M} UTC"


def pages_for(entries: Sequence[Listed]) -> list[Sequence[Listed]]:
    """The entries of each page."""
    return [entries[at : at + ENTRIES_ON_A_PAGE] for at in range(0, len(entries), ENTRIES_ON_A_PAGE)]


def draw_page(sheet: Sheet, entries: Sequence[Listed], first: int) -> None:
    """One page of entries; `first`: the number that the first of them has in the list."""
    sheet.next_page()
    sheet.sub_heading(*wording.LISTED)
    for number, entry in enumerate(entries, first):
        sheet.entry(f"{number}.", entry.title(), entry.lines(sheet))
