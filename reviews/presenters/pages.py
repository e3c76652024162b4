"""Drawing our own pages inside Django's admin."""

from __future__ import annotations

from typing import Any, TypeVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from certportal.numbers import row_number

M = TypeVar("M", bound=Model)


def row_or_404(rows: QuerySet[M], pk: str | int) -> M:
    """The row with this number, as it stands in the address."""
    number = row_number(str(pk))
    found = rows.filter(pk=number).first() if number is not None else None
    if found is None:
        raise Http404
    return found


def page(
    request: HttpRequest,
    template: str,
    model: type[Model],
    title: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    """A page with the admin's frame; `model` says to which list the breadcrumbs lead back."""
    frame = admin.site.each_context(request) | {"opts": model._meta, "title": title}
    return render(request, f"reviews/{template}", frame | (context or {}), status=status)
