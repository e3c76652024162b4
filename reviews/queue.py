"""R1, R5: the queue as a query, its parts, and its numbers.

Every part follows a partial index, and no count goes further than `MOST`: a million requests cost what a hundred do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from reviews.presenters.deadline import SOON
from revocation.authorities.messages import FOR_STAFF
from revocation.models import OrderState, RevocationOrder, RevocationRequest
from revocation.policy import NEEDS

MOST = 1000
"""Where counting stops. Nobody needs a larger number exactly, and counting on costs time."""
MOST_TAKEN = 200
ROUTES = tuple(route for route, needs in NEEDS.items() if needs.review)

Rows = QuerySet[RevocationRequest]


def waiting() -> Rows:
    """Requests that wait for a decision, nearest deadline first."""
    rows: Rows = RevocationRequest.objects.filter(queued_at__isnull=False)
    return rows.order_by("due_at", "id")


def overdue(at: datetime) -> Rows:
    return waiting().filter(due_at__lt=at)


def soon(at: datetime) -> Rows:
    return waiting().filter(due_at__gte=at, due_at__lte=at + SOON)


def later(at: datetime) -> Rows:
    return waiting().filter(due_at__gt=at + SOON)


def mine(user_id: int, at: datetime) -> Rows:
    return waiting().filter(taken_by=user_id, taken_until__gt=at)


def free(at: datetime) -> Rows:
    return waiting().filter(Q(taken_until__isnull=True) | Q(taken_until__lte=at))


def taken(at: datetime) -> Rows:
    return waiting().filter(taken_by__isnull=False, taken_until__gt=at)


def waiting_for_staff() -> QuerySet[RevocationOrder]:
    """Return orders that only a person can move on: refused by the authority, or to be carried out in its console."""
    rows: QuerySet[RevocationOrder] = RevocationOrder.objects.filter(proven_at__isnull=True)
    return rows.filter(Q(state=OrderState.STUCK) | Q(state=OrderState.WAITING, message_code__in=FOR_STAFF))


def late_orders(at: datetime) -> QuerySet[RevocationOrder]:
    """Return orders of decided requests that are not proven by the request's deadline (R5)."""
    rows: QuerySet[RevocationOrder] = RevocationOrder.objects.filter(proven_at__isnull=True, request__due_at__lt=at)
    return rows


def requests_of(orders: QuerySet[RevocationOrder]) -> Rows:
    rows: Rows = RevocationRequest.objects.filter(pk__in=orders.values("request"))
    return rows.order_by("-id")


def with_authority() -> Rows:
    """Return decided requests that are not yet confirmed by the authority and published for every certificate (M5)."""
    return requests_of(RevocationOrder.objects.filter(proven_at__isnull=True))


@dataclass(frozen=True)
class Part:
    """A part that the list can show.

    `label`: a text, translated when shown. `rows`: takes the viewer and the time. `queue`: is it a part of the queue?
    """

    key: str
    label: Any
    rows: Callable[[int, datetime], Rows]
    queue: bool = True


PARTS = (
    Part("", gettext_lazy("Waiting for a decision"), lambda who, at: waiting()),
    Part("overdue", gettext_lazy("Overdue"), lambda who, at: overdue(at)),
    Part("soon", gettext_lazy("Due within 6 hours"), lambda who, at: soon(at)),
    Part("mine", gettext_lazy("Assigned to me"), mine),
    Part("free", gettext_lazy("Unassigned"), lambda who, at: free(at)),
    Part("taken", gettext_lazy("Assigned"), lambda who, at: taken(at)),
    Part("authority", gettext_lazy("Waiting for the CA"), lambda who, at: with_authority(), queue=False),
    Part(
        "stuck",
        gettext_lazy("Decided, waiting for staff"),
        lambda who, at: requests_of(waiting_for_staff()),
        queue=False,
    ),
    Part(
        "late",
        gettext_lazy("Decided, overdue at the CA"),
        lambda who, at: requests_of(late_orders(at)),
        queue=False,
    ),
    Part("all", gettext_lazy("All requests"), lambda who, at: RevocationRequest.objects.order_by("-id"), queue=False),
)
BY_KEY = {part.key: part for part in PARTS}


def capped_count(rows: QuerySet[Any]) -> int:
    """How many rows, but never more than `MOST` + 1."""
    return rows[: MOST + 1].count()


def capped_counts(parts: Mapping[Any, QuerySet[Any]]) -> dict[Any, int]:
    """`capped_count` of each, in one query."""
    columns: list[str] = []
    params: list[Any] = []
    for rows in parts.values():
        sql, given = rows.order_by().values("pk")[: MOST + 1].query.sql_with_params()
        columns.append(f"(SELECT COUNT(*) FROM ({sql}) part)")  # noqa: S608 - Django's own SQL, values are parameters
        params += given
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", params)
        return dict(zip(parts, cursor.fetchone(), strict=True))


def shown(count: int) -> str:
    return _("more than %(most)d") % {"most": MOST} if count > MOST else str(count)


def short(count: int) -> str:
    """Return a count for a cell of a table."""
    return f"{MOST}+" if count > MOST else str(count) if count else "–"


@dataclass(frozen=True)
class Line:
    """One route of the queue: capped numbers by age."""

    route: str
    late: int
    soon: int
    later: int

    @property
    def cells(self) -> list[tuple[str, str, bool]]:
        """For each cell: the key of the part that it leads to, the number, and whether it is marked."""
        return [
            ("overdue", short(self.late), self.late > 0),
            ("soon", short(self.soon), False),
            ("", short(self.later), False),
        ]


@dataclass(frozen=True)
class Numbers:
    """The numbers of the queue, capped. `people`: how many cases are assigned to whom now."""

    waiting: int
    late: int
    stuck: int
    late_orders: int
    lines: tuple[Line, ...]
    people: Mapping[str, int]

    @classmethod
    def at(cls, at: datetime) -> Numbers:
        ages: dict[str, Callable[[datetime], Rows]] = {"late": overdue, "soon": soon, "later": later}
        parts: dict[Any, QuerySet[Any]] = {
            "waiting": waiting(),
            "late": overdue(at),
            "stuck": waiting_for_staff(),
            "late_orders": late_orders(at),
        }
        parts |= {(route, age): rows(at).filter(route=route) for route in ROUTES for age, rows in ages.items()}
        counts = capped_counts(parts)
        lines = tuple(Line(route.value, *(counts[route, age] for age in ages)) for route in ROUTES)
        totals = {key: counts[key] for key in ("waiting", "late", "stuck", "late_orders")}
        return cls(**totals, lines=lines, people=_people(at))

    @property
    def waiting_words(self) -> str:
        return ngettext("%(count)s waiting", "%(count)s waiting", self.waiting) % {"count": shown(self.waiting)}

    @property
    def late_words(self) -> str:
        return ngettext("%(count)s overdue", "%(count)s overdue", self.late) % {"count": shown(self.late)}

    @property
    def stuck_words(self) -> str:
        words = ngettext("%(count)s order needs staff", "%(count)s orders need staff", self.stuck)
        return words % {"count": shown(self.stuck)}

    @property
    def late_orders_words(self) -> str:
        words = ngettext(
            "%(count)s order overdue at the CA",
            "%(count)s orders overdue at the CA",
            self.late_orders,
        )
        return words % {"count": shown(self.late_orders)}


def _people(at: datetime) -> dict[str, int]:
    people: dict[str, int] = {}
    for row in taken(at).select_related("taken_by")[:MOST_TAKEN]:
        name = str(row.taken_by)
        people[name] = people.get(name, 0) + 1
    return people
