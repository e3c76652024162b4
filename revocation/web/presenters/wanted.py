"""The filters of *My Certificates*, read from the address (GET), so that a link can be kept and sent on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certportal.database.storable import storable
from certportal.numbers import row_number
from revocation.models import Certificate, CertificateState, Deployment
from revocation.models.certificate.certificate import LEVELS, STANDARDS
from revocation.models.certificate.search_index import containing, found
from revocation.pki import search

STATES = tuple(choice for choice in CertificateState.choices if choice[0] != CertificateState.DELETED)
MOST_WORDS = 5
ROWS = (50, 100)
"""Rows on a page that a person may choose."""

Expiry = dict[str, tuple[Promise, timedelta | None, timedelta | None]]
EXPIRIES: Expiry = {
    "valid": (_("not expired"), timedelta(0), None),
    "30": (_("within 30 days"), timedelta(0), timedelta(days=30)),
    "90": (_("within 90 days"), timedelta(0), timedelta(days=90)),
    "past": (_("expired"), None, timedelta(0)),
}
"""Value → label, and the span of `not_after`, counted from now."""


@dataclass(frozen=True)
class Wanted:
    """The filters that a person set. An unknown value in the address counts as none."""

    q: str = ""
    state: str = ""
    brand: str = ""
    level: str = ""
    standard: str = ""
    expires: str = ""
    deployed: bool = False
    owner: str = ""
    rows: int = ROWS[0]

    @classmethod
    def read(cls, get: Mapping[str, str]) -> Wanted:
        return cls(
            q=storable(get.get("q", "")).strip(),
            state=_known(get.get("state"), dict(STATES)),
            brand=storable(get.get("brand", ""))[:50],
            level=_known(get.get("level"), dict(LEVELS)),
            standard=_known(get.get("standard"), dict(STANDARDS)),
            expires=_known(get.get("expires"), EXPIRIES),
            deployed=bool(get.get("deployed")),
            owner=_known(get.get("owner"), None),
            rows=next((rows for rows in ROWS if get.get("rows") == str(rows)), ROWS[0]),
        )

    @property
    def narrows(self) -> bool:
        return any((self.q, self.state, self.more_narrows))

    @property
    def more_narrows(self) -> bool:
        """Whether one of the filters under *More filters* is set."""
        return any((self.brand, self.level, self.standard, self.expires, self.deployed, self.owner))

    @property
    def words(self) -> list[tuple[str, ...]]:
        """The spellings of each word. One spelling of every word must be found."""
        return search.words(self.q, MOST_WORDS)

    def chosen(self, customer_id: int, at: datetime) -> QuerySet[Certificate]:
        """Return the certificates of one organisation that match the filters, unordered."""
        few, facts = found(customer_id, self.words, connection.vendor), self._facts(at)
        rows: QuerySet[Certificate] = (
            Certificate.objects.listed(customer_id).filter(facts)
            if few is None
            else Certificate.objects.listed_among(few, customer_id, facts)
        )
        for spellings in self.words:
            rows = containing(rows, spellings, connection.vendor)
        if self.deployed:
            active = Deployment.objects.filter(certificate__customer=customer_id, withdrawn_at__isnull=True)
            rows = rows.filter(pk__in=active.values("certificate"))
        return rows

    def _facts(self, at: datetime) -> Q:
        equal: dict[str, Any] = {
            name: getattr(self, name) for name in ("state", "brand", "level", "standard") if getattr(self, name)
        }
        facts = Q(**equal)
        if self.expires:
            _label, first, last = EXPIRIES[self.expires]
            facts &= Q(not_after__gte=at + first) if first is not None else Q()
            facts &= Q(not_after__lte=at + last) if last is not None else Q()
        return facts


def _known(value: str | None, known: Mapping[str, object] | None) -> str:
    """Return the value if it is one of the known or, without a list, a number. Returns "" otherwise."""
    value = value or ""
    if known is None:
        return "" if row_number(value) is None else value
    return value if value in known else ""
