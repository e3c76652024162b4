"""Rights that come by groups and single permissions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.db.models.signals import m2m_changed, pre_delete
from django.utils import timezone

from certportal.accounts.acting import who_acts
from certportal.accounts.models import User
from certportal.accounts.noting import note, person
from revocation.models import EventKind
from revocation.services.notifications.accounts import record_group_change

VERBS = {"post_add": "added", "post_remove": "removed", "pre_clear": "removed"}
"""Django's `action` of a many-to-many change → what happened to the rows."""


Row = TypeVar("Row", bound=Model)


def connect() -> None:
    m2m_changed.connect(groups_of_a_person, sender=User.groups.through, dispatch_uid="accounts.groups")
    m2m_changed.connect(permissions_of_a_person, sender=User.user_permissions.through, dispatch_uid="accounts.single")
    m2m_changed.connect(permissions_of_a_group, sender=Group.permissions.through, dispatch_uid="accounts.of_group")
    pre_delete.connect(group_deleted, sender=Group, dispatch_uid="accounts.group_deleted")


def groups_of_a_person(instance: User | Group, action: str, reverse: bool, pk_set: set[int] | None, **_: Any) -> None:
    verb = VERBS.get(action)
    if verb is None or who_acts(User()) is None:
        return
    if reverse:
        assert isinstance(instance, Group)  # noqa: S101 - so Django calls it
        for user in _chosen(User, pk_set, lambda: instance.user_set.all()):
            _rights_changed(user, "groups", verb, [instance.name])
    else:
        assert isinstance(instance, User)  # noqa: S101 - so Django calls it
        found = _chosen(Group, pk_set, lambda: instance.groups.all())
        _rights_changed(instance, "groups", verb, [group.name for group in found])


def permissions_of_a_person(
    instance: User | Permission, action: str, reverse: bool, pk_set: set[int] | None, **_: Any
) -> None:
    verb = VERBS.get(action)
    if verb is None or who_acts(User()) is None:
        return
    if reverse:
        assert isinstance(instance, Permission)  # noqa: S101 - so Django calls it
        for user in _chosen(User, pk_set, lambda: User.objects.filter(user_permissions=instance)):
            _rights_changed(user, "permissions", verb, _names([instance]))
    else:
        assert isinstance(instance, User)  # noqa: S101 - so Django calls it
        found = _chosen(Permission, pk_set, lambda: instance.user_permissions.all())
        _rights_changed(instance, "permissions", verb, _names(found))


def permissions_of_a_group(
    instance: Group | Permission, action: str, reverse: bool, pk_set: set[int] | None, **_: Any
) -> None:
    verb = VERBS.get(action)
    if verb is None or who_acts(User()) is None:
        return
    if reverse:
        assert isinstance(instance, Permission)  # noqa: S101 - so Django calls it
        for group in _chosen(Group, pk_set, lambda: Group.objects.filter(permissions=instance)):
            _group_changed(group, verb, _names([instance]))
    else:
        assert isinstance(instance, Group)  # noqa: S101 - so Django calls it
        _group_changed(instance, verb, _names(_chosen(Permission, pk_set, lambda: instance.permissions.all())))


def group_deleted(instance: Group, **_: Any) -> None:
    """Record that everybody in the group loses what it gave."""
    for user in User.objects.filter(groups=instance):
        _rights_changed(user, "groups", "removed", [instance.name])


def _chosen(model: type[Row], pk_set: set[int] | None, all_of_them: Callable[[], Iterable[Row]]) -> list[Row]:
    """Return the rows that a change is about: those with these keys or, when a relation is cleared, all of it."""
    return list(all_of_them() if pk_set is None else model._default_manager.filter(pk__in=pk_set))


def _names(permissions: Iterable[Permission]) -> list[str]:
    """Return the permissions' names, sorted. One query for any number."""
    found = Permission.objects.filter(pk__in=[each.pk for each in permissions])
    return sorted(f"{app}.{name}" for app, name in found.values_list("content_type__app_label", "codename"))


def _rights_changed(user: User, what: str, verb: str, names: Collection[str]) -> None:
    if names:
        note(EventKind.RIGHTS_CHANGED, user, data={"changes": [{"what": what, verb: sorted(names)}]})


def _group_changed(group: Group, verb: str, names: Collection[str]) -> None:
    by = who_acts(User())
    if by and names:
        people = [person(user) for user in User.objects.filter(groups=group)]
        changes = [{"what": "permissions", verb: list(names)}]
        record_group_change(group.name, people, by=by, at=timezone.now(), changes=changes)
