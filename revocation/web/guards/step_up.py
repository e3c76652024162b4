"""Threat 33: with `STEP_UP`, a stolen session alone cannot revoke what nobody reviews."""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.http import HttpRequest

from revocation.models import RevocationRequest


@reauthentication_required  # type: ignore[untyped-decorator]
def _password_given_lately(request: HttpRequest) -> None:
    """Require a recent password or code. allauth asks for it, keeps the form meanwhile, and then goes on with it."""


def ask_again_before(request: HttpRequest, *cases: RevocationRequest) -> None:
    """Ask for the password again when nobody reviews one of these requests and the log-in is old.

    Raises allauth's `ReauthenticationRequired`.
    """
    if settings.STEP_UP and any(not case.is_reviewed for case in cases):
        _password_given_lately(request)
