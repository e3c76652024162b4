"""R5: the desk's reports of the last 30 days.

Every query is bounded: by an index, by the window, and by `MOST_ROWS`. None reads a whole table, so there is nothing to
roll up (docs/decisions.md).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from reviews.queue import MOST, ROUTES, capped_counts, waiting
from revocation.models import Event, EventKind, RequestState, RevocationOrder, RevocationRequest
from revocation.policy import Route
from revocation.reasons import KEY_COMPROMISE

WINDOW = timedelta(days=30)
MOST_ROWS = 5000
"""Decisions, refusals and confirmations that are looked at, the latest first."""
HOUR = timedelta(hours=1)
LEFT: tuple[tuple[str, timedelta | None, timedelta | None], ...] = (
    ("overdue", None, timedelta(0)),
    ("under_6h", timedelta(0), 6 * HOUR),
    ("under_24h", 6 * HOUR, 24 * HOUR),
    ("more", 24 * HOUR, None),
)
"""Time left: key, from, to."""


@dataclass(frozen=True)
class Table:
    """One picture and the table beside it.

    `rows`: the label, then a number (or None) for each of `columns`. `unit`: of the numbers, for people. `note`: what a
    reader must know.
    """

    key: str
    title: str
    head: str
    columns: Sequence[str]
    rows: Sequence[tuple[str, Sequence[float | None]]]
    unit: str = ""
    note: str = ""


def figures(at: datetime) -> list[Table]:
    """Return all reports, in the time zone of the viewer."""
    since = at - WINDOW
    decided = _decided(since)
    return [
        waiting_by_clock(at),
        decided_per_day(decided, since, at),
        time_to_decision(decided, since, at),
        refusals_by_rule(since),
        authority_delays(since),
    ]


def waiting_by_clock(at: datetime) -> Table:
    """Count the waiting requests by time left, for deadlines of 24 hours and of 5 days. Cells are capped, and say
    so."""
    parts = {(key, clock): rows for key, low, high in LEFT for clock, rows in _clocks(_due(at, low, high)).items()}
    counts = capped_counts(parts)
    names = {
        "overdue": _("overdue"),
        "under_6h": _("under 6 h left"),
        "under_24h": _("6 to 24 h left"),
        "more": _("more than 24 h left"),
    }
    rows = []
    for key, _low, _high in LEFT:
        day = sum(counts[key, route] for route in (*ROUTES, "urgent") if route != Route.A1)
        rows.append((names[key], [min(day, MOST), min(counts[key, Route.A1], MOST)]))
    note = _("Counts stop at %(most)d.") % {"most": MOST}
    columns = [_("24-hour deadline"), _("5-day deadline")]
    return Table("waiting", _("Waiting requests by time left"), _("Time left"), columns, rows, note=note)


def _due(at: datetime, low: timedelta | None, high: timedelta | None) -> QuerySet[RevocationRequest]:
    rows = waiting()
    if low is not None:
        rows = rows.filter(due_at__gte=at + low)
    return rows if high is None else rows.filter(due_at__lt=at + high)


def _clocks(rows: QuerySet[RevocationRequest]) -> dict[Any, QuerySet[RevocationRequest]]:
    """Split the rows by route. Assisted requests with a compromised key have the short deadline (R5)."""
    urgent = Q(reason=KEY_COMPROMISE)
    by_route: dict[Any, QuerySet[RevocationRequest]] = {
        route: rows.filter(route=route) for route in ROUTES if route != Route.A1
    }
    assisted = rows.filter(route=Route.A1)
    return by_route | {Route.A1: assisted.exclude(urgent), "urgent": assisted.filter(urgent)}


@dataclass(frozen=True)
class Decided:
    day: date
    hours: float
    approved: bool


def _decided(since: datetime) -> list[Decided]:
    rows = RevocationRequest.objects.filter(decided_at__gte=since, submitted_at__isnull=False)
    found = rows.order_by("-decided_at").values_list("decided_at", "submitted_at", "state")[:MOST_ROWS]
    return [
        Decided(timezone.localdate(end), (end - start) / HOUR, state != RequestState.REJECTED)
        for end, start, state in found
    ]


def _days(since: datetime, at: datetime) -> list[date]:
    first, last = timezone.localdate(since), timezone.localdate(at)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _per_day(
    decided: Iterable[Decided], since: datetime, at: datetime, count: Callable[[list[Decided]], Sequence[float | None]]
) -> list[tuple[str, Sequence[float | None]]]:
    by_day: dict[date, list[Decided]] = defaultdict(list)
    for decision in decided:
        by_day[decision.day].append(decision)
    return [(f"{day:%m-%d}", count(by_day[day])) for day in _days(since, at)]


def decided_per_day(decided: Sequence[Decided], since: datetime, at: datetime) -> Table:
    def count(day: list[Decided]) -> list[float | None]:
        approved = sum(decision.approved for decision in day)
        return [approved, len(day) - approved]

    columns = [_("approved"), _("rejected")]
    rows = _per_day(decided, since, at, count)
    return Table("decided", _("Decisions by day"), _("Day"), columns, rows, note=_capped(decided))


def time_to_decision(decided: Sequence[Decided], since: datetime, at: datetime) -> Table:
    def count(day: list[Decided]) -> list[float | None]:
        hours = [decision.hours for decision in day]
        return [share(hours, 0.5), share(hours, 0.9)]

    columns = [_("median"), _("90 %")]
    rows = _per_day(decided, since, at, count)
    whole = count(list(decided))
    note = ""
    if whole[0] is not None and whole[1] is not None:
        note = _("All requests: median %(median).1f h, 90 %% within %(most).1f h.") % {
            "median": whole[0],
            "most": whole[1],
        }
    title = _("Time from submission to decision, by day")
    return Table("hours", title, _("Day"), columns, rows, unit=_("hours"), note=note)


def share(values: Iterable[float], part: float) -> float | None:
    """Return the smallest value that this part of the values does not exceed (a quantile); None without values."""
    ordered = sorted(values)
    if not ordered:
        return None
    return round(ordered[max(0, ceil(part * len(ordered)) - 1)], 1)


def _capped(rows: Sequence[Any]) -> str:
    return _("Only the last %(most)d are shown.") % {"most": MOST_ROWS} if len(rows) >= MOST_ROWS else ""


def refusals_by_rule(since: datetime) -> Table:
    """Count the requests that rules M and N refused, and the letters that were refused (F7)."""
    refused = _events(EventKind.REQUEST_REFUSED, since).values_list("data", flat=True)[:MOST_ROWS]
    rules = Counter(refusal["rule"] for data in refused for refusal in data.get("refusals", ()))
    letters = len(_events(EventKind.LETTER_REFUSED, since).values_list("pk")[:MOST_ROWS])
    if letters:
        rules["F7"] += letters
    rows = [(rule, [number]) for rule, number in sorted(rules.items())]
    return Table("refusals", _("Refusals by rule"), _("Rule"), [_("refusals")], rows)


def _events(kind: EventKind, since: datetime) -> QuerySet[Event]:
    return Event.objects.filter(kind=kind, at__gte=since).order_by("-at")


def authority_delays(since: datetime) -> Table:
    """Measure hours from the decision (or the proof) to the authority's confirmation, and from there to publication."""
    revoked = _events(EventKind.CERTIFICATE_REVOKED, since).values_list("certificate_id", flat=True)[:MOST_ROWS]
    orders = RevocationOrder.objects.filter(certificate__in=list(revoked), proven_at__isnull=False)
    answers: dict[str, list[float]] = defaultdict(list)
    sightings: dict[str, list[float]] = defaultdict(list)
    for name, confirmed_at, proven_at, *starts in orders.values_list(
        "certificate__authority",
        "confirmed_at",
        "proven_at",
        "request__decided_at",
        "request__proven_at",
        "request__submitted_at",
    ):
        start = next(moment for moment in starts if moment)
        answers[name].append((confirmed_at - start) / HOUR)
        sightings[name].append((proven_at - confirmed_at) / HOUR)
    rows = [
        (name, [len(answers[name]), *_shares(answers[name]), *_shares(sightings[name])]) for name in sorted(answers)
    ]
    columns = [
        _("certificates"),
        _("confirmed (median)"),
        _("confirmed (90 %)"),
        _("published (median)"),
        _("published (90 %)"),
    ]
    title = _("Time from decision to confirmation and to publication")
    return Table("authorities", title, _("CA"), columns, rows, unit=_("hours"))


def _shares(hours: list[float]) -> list[float | None]:
    return [share(hours, 0.5), share(hours, 0.9)]
