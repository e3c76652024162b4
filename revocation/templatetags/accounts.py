"""The sentence of a mail about what happened to an account (U2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django import template
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from revocation import joining
from revocation.models import Event, EventKind

register = template.Library()

SENTENCES: dict[str, Promise] = {
    EventKind.ACCOUNT_ADDED: gettext_lazy("An account was added for you."),
    EventKind.ACCOUNT_REMOVED: gettext_lazy("Your account was deleted."),
    EventKind.PASSWORD_CHANGED: gettext_lazy("The password of your account was changed."),
    EventKind.PASSWORD_RESET: gettext_lazy(
        "The password of your account was reset with a link that we emailed to you."
    ),
    EventKind.ADDRESS_CHANGED: gettext_lazy(
        "The email address of your account changed from %(before)s to %(after)s. Sign in with the new address."
    ),
    EventKind.FACTOR_ADDED: gettext_lazy("Two-factor authentication was added to your account."),
    EventKind.FACTOR_REMOVED: gettext_lazy("Two-factor authentication was removed from your account."),
    EventKind.RECOVERY_CODES_MADE: gettext_lazy("New recovery codes were generated for your account."),
    EventKind.RECOVERY_CODES_REMOVED: gettext_lazy("The recovery codes of your account were removed."),
    EventKind.RECOVERY_CODE_USED: gettext_lazy(
        "A recovery code of your account was used. It cannot be used again. Recovery codes left: %(left)s."
    ),
    EventKind.RIGHTS_CHANGED: gettext_lazy("The permissions of your account were changed: %(changes)s."),
    EventKind.GROUP_CHANGED: gettext_lazy("The permissions of your group %(group)s were changed: %(changes)s."),
    EventKind.MEMBER_ADDED: gettext_lazy("You were added to the organisation %(organisation)s."),
    EventKind.MEMBER_CHANGED: gettext_lazy(
        "Your permissions in the organisation %(organisation)s were changed: %(changes)s."
    ),
    EventKind.MEMBER_REMOVED: gettext_lazy("You were removed from the organisation %(organisation)s."),
}

NAMES: dict[str, Promise] = {
    "is_active": gettext_lazy("may sign in"),
    "is_staff": gettext_lazy("may use the administration"),
    "is_superuser": gettext_lazy("has all permissions"),
    "groups": gettext_lazy("groups"),
    "permissions": gettext_lazy("permissions"),
    "manages_webhooks": gettext_lazy("may manage webhooks"),
}


@register.filter
def account_sentence(event: Event) -> str:
    """Return what was changed, in one or two sentences to the person concerned."""
    data: Mapping[str, Any] = event.data
    changes = joining.long_items(part for each in data.get("changes", ()) for part in _parts(each))
    return str(SENTENCES[event.kind]) % {**data, "changes": changes}


def _parts(change: Mapping[str, Any]) -> Iterator[str]:
    what = NAMES.get(change["what"], change["what"])
    if "after" in change:
        before, after = _yes_no(change["before"]), _yes_no(change["after"])
        yield _("%(what)s: %(before)s → %(after)s") % {"what": what, "before": before, "after": after}
    if names := change.get("added"):
        yield _("%(what)s, added: %(names)s") % {"what": what, "names": joining.items(names)}
    if names := change.get("removed"):
        yield _("%(what)s, removed: %(names)s") % {"what": what, "names": joining.items(names)}


def _yes_no(value: bool) -> str:
    return _("yes") if value else _("no")
