"""What every template may need."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from certportal.accounts.models import Customer

SHOWN = 3
"""Organisations named in the header; a person rarely has more."""


def portal(request: HttpRequest) -> dict[str, Any]:
    """Return what every template may use.

    `demo`: whether the demo page exists in this installation. `organisations`: for whom the viewer acts, looked up only
    where a page shows it.
    """
    return {"demo": settings.DEMO, "organisations": SimpleLazyObject(lambda: organisations(request))}


def organisations(request: HttpRequest) -> list[str]:
    if not request.user.is_authenticated:
        return []
    theirs = Customer.objects.filter(memberships__user=request.user.pk).order_by("name")
    return list(theirs.values_list("name", flat=True)[:SHOWN])
