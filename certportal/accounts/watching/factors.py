"""Second factors and recovery codes."""

from __future__ import annotations

from typing import Any

from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from django.db.models import Model, QuerySet
from django.db.models.signals import post_delete, post_save, pre_delete

from certportal.accounts.noting import deletes_people, note
from revocation.models import EventKind

CODES = Authenticator.Type.RECOVERY_CODES


def connect() -> None:
    post_save.connect(added, sender=Authenticator, dispatch_uid="accounts.factors.added")
    pre_delete.connect(removed, sender=Authenticator, dispatch_uid="accounts.factors.removed")
    post_delete.connect(codes_go_with_it, sender=Authenticator, dispatch_uid="accounts.factors.codes")


def added(instance: Authenticator, raw: bool, created: bool, **_: Any) -> None:
    if created and not raw:
        kind = EventKind.RECOVERY_CODES_MADE if instance.type == CODES else EventKind.FACTOR_ADDED
        note(kind, instance.user, data={"type": instance.type})


def removed(instance: Authenticator, origin: Model | QuerySet[Any], **_: Any) -> None:
    if not deletes_people(origin):
        kind = EventKind.RECOVERY_CODES_REMOVED if instance.type == CODES else EventKind.FACTOR_REMOVED
        note(kind, instance.user, data={"type": instance.type})


def codes_go_with_it(instance: Authenticator, origin: Model | QuerySet[Any], **_: Any) -> None:
    """Delete recovery codes that remain without a second factor: nobody asks for them, but they would count as one."""
    if instance.type != CODES and not deletes_people(origin):
        delete_dangling_recovery_codes(instance.user)
