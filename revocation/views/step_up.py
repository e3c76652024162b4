"""Threat 33: a stolen session alone revokes nothing that nobody reviews, where the installation asks for that."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.http import HttpRequest

from revocation.policy import NEEDS, Route


@reauthentication_required  # type: ignore[untyped-decorator]
def _password_given_lately(request: HttpRequest) -> None:
    """allauth answers with the page that asks for it, keeps the form meanwhile, and then goes on with it."""


def ask_again_before(request: HttpRequest, *routes: str) -> None:
    """Raises allauth's `ReauthenticationRequired` when one of the routes has no reviewer and the log-in is old."""
    if settings.STEP_UP and any(not NEEDS[Route(route)].review for route in routes):
        _password_given_lately(request)
