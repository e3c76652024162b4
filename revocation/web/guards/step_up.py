"""Threat 33: a stolen session alone revokes nothing that nobody reviews, where the installation asks for that."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.http import HttpRequest

from revocation.models import RevocationRequest


@reauthentication_required  # type: ignore[untyped-decorator]
def _password_given_lately(request: HttpRequest) -> None:
    """allauth answers with the page that asks for it, keeps the form meanwhile, and then goes on with it."""


def ask_again_before(request: HttpRequest, *cases: RevocationRequest) -> None:
    """Raises allauth's `ReauthenticationRequired` when nobody reviews one of these and the log-in is old."""
    if settings.STEP_UP and any(not case.is_reviewed for case in cases):
        _password_given_lately(request)
