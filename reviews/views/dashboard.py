"""The dashboard: pictures with their tables, and the same as CSV."""

from __future__ import annotations

import csv

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reviews.permissions import SEE_REQUESTS, needs_any
from reviews.presenters.charts import picture
from reviews.presenters.dashboard import Table, figures
from reviews.presenters.pages import page
from revocation.models import RevocationRequest

PICTURED: dict[str, tuple[int, ...]] = {"authorities": (1, 2, 3, 4)}
"""The columns that are drawn, for tables of which not all are."""
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n")


@require_safe
@needs_any(SEE_REQUESTS)
def show(request: HttpRequest) -> HttpResponse:
    tables = figures(timezone.now())
    context = {"drawn": [drawn(table) for table in tables], "is_nav_sidebar_enabled": False}
    return page(request, "dashboard.html", RevocationRequest, _("Reports (last 30 days)"), context)


def drawn(table: Table) -> tuple[Table, SafeString, list[str]]:
    """The table, its picture, and what the colours mean."""
    columns = PICTURED.get(table.key, tuple(range(len(table.columns))))
    return table, picture(table, columns), [table.columns[n] for n in columns]


@require_safe
@needs_any(SEE_REQUESTS)
def as_csv(request: HttpRequest) -> HttpResponse:
    """Serve the reports as CSV, one line for each number: report, row, column, value."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="desk-{timezone.localdate():%Y-%m-%d}.csv"'
    response.write("\ufeff")  # spreadsheets take it for UTF-8
    writer = csv.writer(response)
    writer.writerow(["figure", "row", "column", "value"])
    for table in figures(timezone.now()):
        writer.writerows(lines(table))
    return response


def lines(table: Table) -> list[list[str]]:
    return [
        [table.key, defused(label), defused(column), "" if value is None else f"{value:g}"]
        for label, values in table.rows
        for column, value in zip(table.columns, values, strict=True)
    ]


def defused(cell: str) -> str:
    """Quote a cell that a spreadsheet would take for a formula (threats 9 and 38)."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell
