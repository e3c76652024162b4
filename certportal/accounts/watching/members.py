"""Who acts for which organisation."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.signals import post_save, pre_delete, pre_save

from certportal.accounts.acting import who_acts
from certportal.accounts.models import Membership
from certportal.accounts.noting import deletes_people, note
from revocation.models import EventKind


def connect() -> None:
    pre_save.connect(remember, sender=Membership, dispatch_uid="accounts.members.remember")
    post_save.connect(compare, sender=Membership, dispatch_uid="accounts.members.compare")
    pre_delete.connect(removed, sender=Membership, dispatch_uid="accounts.members.removed")


def remember(instance: Membership, raw: bool, **_: Any) -> None:
    """Keep what the membership was, for whoever compares it after the save."""
    instance.before_saving = None
    if not raw and instance.pk is not None and who_acts(instance.user) is not None:
        rows = Membership.objects.select_related("user", "customer")
        instance.before_saving = rows.filter(pk=instance.pk).first()


def compare(instance: Membership, raw: bool, created: bool, **_: Any) -> None:
    """Record what changed. A membership that moved to another person or organisation is one removed and one added."""
    before: Membership | None = instance.before_saving
    if created and not raw:
        _note(EventKind.MEMBER_ADDED, instance)
    if before is None:
        return
    if (before.user_id, before.customer_id) != (instance.user_id, instance.customer_id):
        _note(EventKind.MEMBER_REMOVED, before)
        _note(EventKind.MEMBER_ADDED, instance)
    elif before.manages_webhooks != instance.manages_webhooks:
        change = {"what": "manages_webhooks", "before": before.manages_webhooks, "after": instance.manages_webhooks}
        _note(EventKind.MEMBER_CHANGED, instance, changes=[change])


def removed(instance: Membership, origin: Model | QuerySet[Any], **_: Any) -> None:
    if not deletes_people(origin):
        _note(EventKind.MEMBER_REMOVED, instance)


def _note(kind: EventKind, membership: Membership, **data: Any) -> None:
    organisation = membership.customer
    data["organisation"] = organisation.name
    note(kind, membership.user, customer_id=organisation.pk, data=data)
