"""The pages that follow a letter for several certificates: one entry for each, in the order of request numbers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from revocation.letters import wording
from revocation.letters.drawing import ENTRY_SIZE, ENTRY_WIDTH, Sheet
from revocation.letters.fields import Listed
from revocation.letters.text import groups, joined, plain

ENTRIES_ON_A_PAGE = 12
"""So a hundred certificates and the page to sign fit into the pages that a letter may have (`Limits.max_pages`)."""
NAMES_IN_TITLE = 2


def lines_of(entry: Listed, sheet: Sheet) -> tuple[str, ...]:
    """Return the lines below the title of an entry."""
    parts = [plain(text) for text in (entry.organisation, entry.reason, entry.issuer) if text]
    serial, fingerprint = (plain(groups(value)) for value in (entry.serial_number, entry.fingerprint))
    return (
        joined(parts, sheet.measure(ENTRY_SIZE), ENTRY_WIDTH),
        f"{wording.LISTED_SERIAL} {serial}   {validity(entry.not_before, entry.not_after)}",
        f"SHA-256 {fingerprint}",
    )


def title_of(entry: Listed) -> str:
    """Return the request number, the first names, and how many more there are."""
    shown = entry.names[:NAMES_IN_TITLE]
    more = f"  +{len(entry.names) - len(shown)}" if len(entry.names) > len(shown) else ""
    return f"{plain(entry.request_number)[:64]}   {', '.join(map(plain, shown))}{more}"


def validity(not_before: datetime, not_after: datetime) -> str:
    """Write both times to the minute, in UTC."""
    return f"{not_before:%Y-%m-%d %H:%M} – {not_after:%Y-%m-%d %H:%M} UTC"


def pages_for(entries: Sequence[Listed]) -> list[Sequence[Listed]]:
    """Split `entries` into pages."""
    return [entries[at : at + ENTRIES_ON_A_PAGE] for at in range(0, len(entries), ENTRIES_ON_A_PAGE)]


def draw_page(sheet: Sheet, entries: Sequence[Listed], first: int) -> None:
    """Draw one page of entries. `first`: the number that its first entry has in the list."""
    sheet.next_page()
    sheet.sub_heading(*wording.LISTED)
    for number, entry in enumerate(entries, first):
        sheet.entry(f"{number}.", title_of(entry), lines_of(entry, sheet))
