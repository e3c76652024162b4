"""What every template may need."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def portal(request: HttpRequest) -> dict[str, Any]:
    """`demo`: whether the demo page exists in this installation."""
    return {"demo": settings.DEMO}
