"""The entries of a CRL's next edition: those of the stored one with the new ones behind them, or all read anew.

Appending takes the same time however long the list is, and is exact: what is new is what the database has and the
stored list has not. `Layout` says where in the list to look for it. Every revocation is counted in its own transaction
(`CrlRow.revocations`). Where the count is not exactly the covered ones and the new ones found, all are read anew, for
instance because a revocation was committed long after its time. Reading and counting are one statement, so that both
see the same transactions, and `covers` never counts what is not listed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Length

from revocation.authorities.local.crls.der import entries_of, split
from revocation.authorities.local.models import (
    AuthorityCrl,
    CrlRow,
    CrlShard,
    IssuedCertificate,
    LocalAuthority,
    ShardCrl,
)

LIFE = timedelta(days=7)
"""How long an edition is good."""

KEEP_AFTER_EXPIRY = 2 * LIFE
"""Two lives of a CRL: an entry is in at least one CRL from after the certificate ended (RFC 5280 section 3.3)."""

RECENT = 1000
"""Entries, the latest revocations of the list, among which a new revocation may have its time."""

MOST_RECENT = 5000
"""Entries that are compared when something is appended. With more of them the list is read anew."""

LONGEST_STORED = 16_000_000
"""Bytes of a CRL that is appended to. The old and the new one are in memory then; reading anew needs the new one."""

CHUNK = 5000
"""Entries read at once."""

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


class DoesNotFit(Exception):
    """Nothing can be appended to what is stored."""


@dataclass(frozen=True)
class Layout:
    """How the entries of edition `number` stand.

    It has no certificate that ended before `listed_from`. What was revoked after `recent_after` is within the last
    `recent_bytes` bytes of its entries.
    """

    number: int
    listed_from: datetime
    recent_after: datetime
    recent_bytes: int

    @property
    def collected_at(self) -> datetime:
        """When all entries were last read."""
        return self.listed_from + KEEP_AFTER_EXPIRY

    @classmethod
    def of(cls, row: CrlRow) -> Layout | None:
        """Return the layout of the stored edition, or None where it is not known: an earlier release made it."""
        kept = row.crl_layout
        if kept is None or kept["number"] != row.crl_number:
            return None
        listed_from, recent_after = (datetime.fromisoformat(kept[name]) for name in ("listed_from", "recent_after"))
        return cls(row.crl_number, listed_from, recent_after, kept["recent_bytes"])

    def as_json(self) -> dict[str, str | int]:
        return {
            "number": self.number,
            "listed_from": self.listed_from.isoformat(),
            "recent_after": self.recent_after.isoformat(),
            "recent_bytes": self.recent_bytes,
        }


@dataclass(frozen=True)
class Entries:
    """The entries of an edition: DER, one behind the other. `covers`: how many revocations they are, as counted."""

    der: bytearray
    covers: int
    layout: Layout


def collect(row: LocalAuthority | CrlShard, at: datetime) -> Entries:
    """Read all entries anew for the edition after `row`, which was loaded before. Expired ones leave the list."""
    listed_from, recent_after = at - KEEP_AFTER_EXPIRY, _recent_after(row)
    living, late = _revoked(row).filter(not_after__gte=listed_from), Q(revoked_at__gt=recent_after)
    # The recent ones first, with the count: what is revoked after that is not counted, even if it is read below.
    rows = list(living.filter(late).values_list("crl_entry", _counted(row)))
    covers = rows[0][1] if rows else row.revocations
    recent = b"".join(entry for entry, _ in rows)
    # `exclude` lets the database find them by `not_after`: by time of revocation it would read all that ever expired.
    others = living.exclude(late).values_list("crl_entry", flat=True).iterator(chunk_size=CHUNK)
    der = bytearray()
    for entry in others:
        der += entry or b""
    der += recent
    return Entries(der, covers, Layout(row.crl_number + 1, listed_from, recent_after, len(recent)))


def append(row: LocalAuthority | CrlShard, at: datetime) -> Entries | None:
    """Return the entries of the stored edition `row` and the new ones behind them. None: they must be read anew.

    That is the case where the count disagrees, where too much is new, where what is stored is damaged, and half a life
    after they were last read.
    """
    layout = Layout.of(row)
    if layout is None or layout.collected_at + LIFE / 2 <= at:
        return None
    try:
        stored = _stored_entries(row)
        listed = set(split(stored[len(stored) - layout.recent_bytes :]))
    except (DoesNotFit, IndexError, ValueError):
        return None
    recent = _revoked(row).filter(not_after__gte=layout.listed_from, revoked_at__gt=layout.recent_after)
    rows = list(recent.values_list("crl_entry", _counted(row))[: MOST_RECENT + 1])
    new = [entry for entry, _ in rows if entry not in listed]
    if not new or len(rows) > MOST_RECENT or len(new) != rows[0][1] - row.crl_covers:
        return None
    der = bytearray(stored)
    for entry in new:
        der += entry
    longer = layout.recent_bytes + len(der) - len(stored)
    return Entries(der, rows[0][1], replace(layout, number=row.crl_number + 1, recent_bytes=longer))


def _revoked(row: LocalAuthority | CrlShard) -> QuerySet[IssuedCertificate]:
    """Return the revoked certificates that the CRL is about."""
    scope = Q(authority=row.authority_id, shard=row.number) if isinstance(row, CrlShard) else Q(authority=row.pk)
    return IssuedCertificate.objects.filter(scope, revoked_at__isnull=False)


def _counted(row: CrlRow) -> Subquery:
    """Return how many revocations there are, for a query that reads entries at the same moment."""
    return Subquery(type(row)._base_manager.filter(pk=row.pk).values("revocations"))


def _recent_after(row: LocalAuthority | CrlShard) -> datetime:
    """Return the time after which no more than the last `RECENT` revocations are."""
    times = _revoked(row).order_by("-revoked_at").values_list("revoked_at", flat=True)
    return next(iter(times[RECENT : RECENT + 1]), None) or EARLIEST


def _stored_entries(row: LocalAuthority | CrlShard) -> memoryview:
    """Return the entries of the edition `row`.

    Raises DoesNotFit where another edition is stored or it is too long, ValueError and IndexError where it is damaged.
    """
    kept = ShardCrl if isinstance(row, CrlShard) else AuthorityCrl
    short = kept.objects.annotate(size=Length("der")).filter(size__lte=LONGEST_STORED)
    der = short.filter(row=row.pk, number=row.crl_number).values_list("der", flat=True).first()
    if der is None:
        raise DoesNotFit
    return entries_of(memoryview(der))
