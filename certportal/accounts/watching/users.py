"""Accounts: added, deleted; password, address, and what a person may do at all."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db.models.signals import post_save, pre_delete, pre_save

from certportal.accounts import addresses
from certportal.accounts.acting import present_request, who_acts
from certportal.accounts.models import User
from certportal.accounts.noting import note, person
from revocation.models import EventKind
from revocation.services.notifications.accounts import Person

FLAGS = ("is_active", "is_staff", "is_superuser")
WATCHED = frozenset({"email", "password", *FLAGS})
RESET_PAGE = "account_reset_password_from_key"

Fields = Collection[str] | None
"""The fields that are saved; None: all."""


@dataclass(frozen=True)
class Before:
    """An account as the database had it before it was saved."""

    user: User
    person: Person


def connect() -> None:
    pre_save.connect(remember, sender=User, dispatch_uid="accounts.users.remember")
    post_save.connect(compare, sender=User, dispatch_uid="accounts.users.compare")
    pre_delete.connect(removed, sender=User, dispatch_uid="accounts.users.removed")


def remember(instance: User, raw: bool, update_fields: Fields, **_: Any) -> None:
    """Keep what the account was, for whoever compares it after the save."""
    instance.before_saving = None
    saved = WATCHED if update_fields is None else WATCHED.intersection(update_fields)
    if raw or not saved or instance.pk is None or who_acts(instance) is None:
        return
    if was := User.objects.filter(pk=instance.pk).first():
        instance.before_saving = Before(was, person(was))


def compare(instance: User, raw: bool, created: bool, update_fields: Fields, **_: Any) -> None:
    """Record what differs, and let allauth's addresses follow the account's."""
    if raw:
        return
    before: Before | None = instance.before_saving
    if update_fields is None or "email" in update_fields:
        addresses.follow(instance)
    if created:
        note(EventKind.ACCOUNT_ADDED, instance, data={"changes": flags_between(None, instance)})
    if before is not None:
        _differences(before, instance, update_fields)


def _differences(before: Before, after: User, update_fields: Fields) -> None:
    was, saved = before.person, WATCHED if update_fields is None else WATCHED.intersection(update_fields)
    if "password" in saved and _is_new_password(before.user, after, update_fields):
        note(_how_the_password_changed(), after, was=was)
    if "email" in saved and before.user.email != after.email:
        data = {"before": before.user.email, "after": after.email}
        note(EventKind.ADDRESS_CHANGED, after, was=was, data=data)
    if changes := [each for each in flags_between(before.user, after) if each["what"] in saved]:
        note(EventKind.RIGHTS_CHANGED, after, was=was, data={"changes": changes})


def _is_new_password(before: User, after: User, update_fields: Fields) -> bool:
    """Return whether the save sets another password.

    At a log-in Django hashes the same password anew where the preferred hasher has changed. That is no change.
    """
    typed = getattr(after, "_password", None)
    only_hashed_anew = typed is None and update_fields is not None and set(update_fields) == {"password"}
    return before.password != after.password and not only_hashed_anew


def _how_the_password_changed() -> EventKind:
    request = present_request()
    page = request.resolver_match.url_name if request and request.resolver_match else ""
    return EventKind.PASSWORD_RESET if page == RESET_PAGE else EventKind.PASSWORD_CHANGED


def flags_between(before: User | None, after: User) -> list[dict[str, Any]]:
    """Return the account's own rights that differ from `before`. Without it, those that a new account rarely has."""
    was = before or User()
    differing = [name for name in FLAGS if getattr(was, name) != getattr(after, name)]
    return [{"what": name, "before": getattr(was, name), "after": getattr(after, name)} for name in differing]


def removed(instance: User, **_: Any) -> None:
    note(EventKind.ACCOUNT_REMOVED, instance)
