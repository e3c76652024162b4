"""What the list of requests can be narrowed to; each filter fits an index of `revocation/models/request/desk.py`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from certportal.accounts.models import Customer
from certportal.numbers import row_number
from reviews.queue import BY_KEY, PARTS, Part
from revocation.models import Brand
from revocation.reasons import KEY_COMPROMISE


def part_of(request: HttpRequest) -> Part:
    """Return the part that the list shows. A search looks everywhere."""
    key = "all" if request.GET.get("q") else request.GET.get("which", "")
    return BY_KEY.get(key, BY_KEY[""])


class Which(admin.SimpleListFilter):
    """The part that the list shows: the queue unless asked otherwise."""

    title = _("queue")
    parameter_name = "which"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [(part.key, part.label) for part in PARTS if part.key]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        narrowed = part_of(request).rows(request.user.pk or 0, timezone.now())
        return queryset & narrowed.order_by()

    def choices(self, changelist: Any) -> Any:
        default, *others = super().choices(changelist)
        default["display"] = BY_KEY[""].label
        return [default, *others]


class KeyCompromise(admin.SimpleListFilter):
    title = _("reason")
    parameter_name = "key"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return [("compromised", _("Key compromise"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(reason=KEY_COMPROMISE) if self.value() == "compromised" else queryset


class OfBrand(admin.SimpleListFilter):
    title = _("brand")
    parameter_name = "brand"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        return list(Brand.objects.values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(brand=self.value()) if self.value() else queryset


class OfCustomer(admin.SimpleListFilter):
    """One customer. Shown only when somebody came here from a case: a list of all customers would help nobody."""

    title = _("customer")
    parameter_name = "customer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Iterable[tuple[str, Any]]:
        given = row_number(request.GET.get("customer", ""))
        if given is None:
            return []
        return [(str(row.pk), row.name) for row in Customer.objects.filter(pk=given)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(customer=self.value()) if self.value() and self.lookup_choices else queryset
