"""What a perspective or a server saw, in the reader's language."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext, gettext_lazy

from revocation import joining
from revocation.ownership.sight import Role

register = template.Library()

ROLES = {
    Role.PRIMARY: gettext_lazy("Our resolver (decides)"),
    Role.REMOTE: gettext_lazy("Another location"),
    Role.SERVER: gettext_lazy("Name server of the domain"),
    Role.WEB: gettext_lazy("Web server"),
}
STATUSES = {
    "found": gettext_lazy("answered"),
    "nxdomain": gettext_lazy("the name does not exist (NXDOMAIN)"),
    "no_answer": gettext_lazy("no record of this type"),
    "servfail": gettext_lazy("failed (SERVFAIL)"),
    "refused": gettext_lazy("refused to answer (REFUSED)"),
    "timed_out": gettext_lazy("did not answer in time"),
    "malformed": gettext_lazy("unreadable answer"),
    "without_tcp": gettext_lazy("answer too long for UDP, no answer over TCP"),
    "chain_too_long": gettext_lazy("too many aliases"),
    "not_asked": gettext_lazy("not queried"),
    "connection_refused": gettext_lazy("the port is closed"),
    "connection_failed": gettext_lazy("no connection"),
    "connection_lost": gettext_lazy("the connection broke"),
    "tls_failed": gettext_lazy("no TLS connection"),
    "address_not_public": gettext_lazy("the address is not public"),
    "name_does_not_exist": gettext_lazy("the name does not exist (NXDOMAIN)"),
    "name_has_no_address": gettext_lazy("no address"),
    "redirect_elsewhere": gettext_lazy("redirects to another domain"),
}
NOTES = {
    "lame": gettext_lazy("does not serve this domain"),
    "not_public": gettext_lazy("its address is not public"),
    "no_address": gettext_lazy("it has no address"),
}


@register.filter
def role_words(sight: dict[str, Any]) -> str:
    return str(ROLES.get(sight["role"], ""))


@register.filter
def status_words(sight: dict[str, Any]) -> str:
    """Return the status in words, with a note about the server if there is one. A number is an HTTP status."""
    status = sight["status"]
    words = gettext("status %(status)s") % {"status": status} if status.isdigit() else STATUSES.get(status, status)
    note = NOTES.get(sight["note"])
    return joining.long_items(str(part) for part in (words, note) if part)
