"""Filters in the address of a list of the admin that make no sense: the whole list is shown, and says so.

Django does this for most of them. Some break only when the query is written or run (a year of six digits, a number that
no database has, *contains* on JSON). Some would search through all texts, or match a pattern of the asker's own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.contrib.admin.exceptions import DisallowedModelAdminToField
from django.contrib.admin.options import TO_FIELD_VAR
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import FieldError, ValidationError
from django.db import DataError, NotSupportedError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from certportal.database.storable import NumberTooLarge

log = logging.getLogger(__name__)

OFFERED = frozenset({"exact", "in", "isnull", "isempty", "gte", "lt"})
"""The look-ups that the admin's own filters write."""
BREAKS = (
    ValueError,
    TypeError,  # a text where a field holds bytes
    OverflowError,
    FieldError,
    ValidationError,
    DataError,
    NotSupportedError,
    NumberTooLarge,
)


class OddFilters:
    """Middleware that shows the whole list instead of one with an odd filter."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        refuse_no_field(request)
        return whole_list(request) if is_list(request) and any(map(is_odd, request.GET)) else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Show the whole list instead of an error, once: what breaks without a filter too is an error of ours.

        It may be one here too, so the log keeps it.
        """
        narrowed = request.method == "POST" or set(request.GET) - {ERROR_FLAG}
        if not (isinstance(error, BREAKS) and is_list(request) and narrowed):
            return None
        log.warning("%s: the whole list is shown, since the list asked for broke", request.path, exc_info=error)
        return whole_list(request)


def refuse_no_field(request: HttpRequest) -> None:
    """Refuse a field without a name, of which Django does not ask whether it may be looked up by.

    Raises what Django raises for others: 400.
    """
    match = request.resolver_match
    if match is not None and match.app_name == "admin" and "" in (request.GET.get(TO_FIELD_VAR), _posted(request)):
        raise DisallowedModelAdminToField("The field has no name.")


def _posted(request: HttpRequest) -> str | None:
    return request.POST.get(TO_FIELD_VAR) if request.method == "POST" else None


def is_list(request: HttpRequest) -> bool:
    match = request.resolver_match
    return match is not None and match.app_name == "admin" and (match.url_name or "").endswith("_changelist")


def is_odd(parameter: str) -> bool:
    """Is it a look-up that no filter of ours asks for?"""
    _, found, lookup = parameter.lstrip("_").rpartition("__")
    return bool(found) and lookup not in OFFERED


def whole_list(request: HttpRequest) -> HttpResponse:
    return redirect(f"{request.path}?{ERROR_FLAG}=1")
