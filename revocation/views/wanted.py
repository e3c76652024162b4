"""What a person wants to see of *My Certificates*, read from the address (GET), so that it can be kept and sent on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from revocation.models import Certificate, CertificateState, Deployment
from revocation.models.certificate import LEVELS, STANDARDS
from revocation.models.search_index import containing

STATES = tuple(choice for choice in CertificateState.choices if choice[0] != CertificateState.DELETED)
MOST_WORDS, LONGEST_WORD = 5, 300
ROWS = (50, 100)
"""Rows on a page that a person may choose."""

Expiry = dict[str, tuple[Promise, timedelta | None, timedelta | None]]
EXPIRIES: Expiry = {
    "valid": (_("still valid"), timedelta(0), None),
    "30": (_("within 30 days"), timedelta(0), timedelta(days=30)),
    "90": (_("within 90 days"), timedelta(0), timedelta(days=90)),
    "past": (_("expired"), None, timedelta(0)),
}
"""Value → label, and the span of `not_after`, counted from now."""

PAIRS_WITH_COLONS = re.compile(r"(?:[0-9a-f]{2}:){3,}[0-9a-f]{2}")


@dataclass(frozen=True)
class Wanted:
    """An unknown value in the address is as good as none."""

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
            q=get.get("q", "").replace("\0", "").strip(),
            state=_known(get.get("state"), dict(STATES)),
            brand=get.get("brand", "").replace("\0", "")[:50],
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
        """What stands under *More filters*."""
        return any((self.brand, self.level, self.standard, self.expires, self.deployed, self.owner))

    @property
    def words(self) -> list[str]:
        """Each must be found. A fingerprint or serial number may be pasted with colons between its pairs."""
        words = [word[:LONGEST_WORD] for word in self.q.lower().split()[:MOST_WORDS]]
        return [word.replace(":", "") if PAIRS_WITH_COLONS.fullmatch(word) else word for word in words]

    def chosen(self, customer_id: int, at: datetime) -> QuerySet[Certificate]:
        """The rows of one organisation that fit, unordered."""
        rows: QuerySet[Certificate] = Certificate.objects.listed(customer_id).filter(self._facts(at))
        for word in self.words:
            rows = containing(rows, word, connection.vendor)
        if self.deployed:
            active = Deployment.objects.filter(certificate__customer=customer_id, withdrawn_at__isnull=True)
            rows = rows.filter(pk__in=active.values("certificate"))
        return rows

    def _facts(self, at: datetime) -> Q:
        equal: dict[str, Any] = {
            name: getattr(self, name) for name in ("state", "brand", "level", "standard") if getattr(self, name)
        }
        found = Q(**equal)
        if self.expires:
            _label, first, last = EXPIRIES[self.expires]
            found &= Q(not_after__gte=at + first) if first is not None else Q()
            found &= Q(not_after__lte=at + last) if last is not None else Q()
        return found


def _known(value: str | None, known: Mapping[str, object] | None) -> str:
    """The value when it is one of the known; without a list: when it is a number."""
    value = value or ""
    if known is None:
        return value if value.isascii() and value.isdigit() and len(value) < 19 else ""
    return value if value in known else ""
