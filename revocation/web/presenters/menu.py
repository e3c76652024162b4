"""The menu *More*: what is possible with a certificate now, and why the rest is not. Only the rules decide."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _

from revocation.joining import Translate
from revocation.messages import Message, render
from revocation.models import Certificate, RevocationRequest
from revocation.services.inventory.deletion import why_not_deletable
from revocation.services.inventory.deployments import why_locked, why_not_free
from revocation.services.requests.eligibility import Eligibility
from revocation.web.presenters.addresses import Addresses


class Entry(NamedTuple):
    """A link, or a reason why there is none: `why` is a sentence. `more`: where the reason is explained at length."""

    label: str
    url: str = ""
    why: str = ""
    more: str = ""


class Menus:
    """The menus of one page of certificates, in the language that is active now. Labels are translated once."""

    def __init__(self, addresses: Addresses, translate: Translate) -> None:
        self._at, self._translate = addresses.of, translate
        self._open, self._download, self._deploy, self._delete = _("Open"), _("Download"), _("Deploy"), _("Delete")
        self._revoke = _("Revoke")
        self._continue, self._follow = _("Continue draft %(number)s"), _("Open request %(number)s")

    def of(self, answer: Eligibility, case: RevocationRequest | None) -> list[Entry]:
        """Return the menu of the certificate of `answer`, whose second entry is about its revocation.

        `case`: its open request.
        """
        certificate = answer.certificate
        locked = why_locked(certificate) if certificate.is_locked else None
        undeployable = why_not_free(certificate, at=answer.facts.at)
        undeletable = why_not_deletable(certificate, answer.facts)
        return [
            Entry(self._open, self._at("certificate", certificate.pk)),
            self._revocation(answer, case),
            self._either(self._download, "download", certificate, locked),
            self._either(self._deploy, "certificate", certificate, undeployable, "#deployments"),
            self._either(self._delete, "delete", certificate, undeletable),
        ]

    def _revocation(self, answer: Eligibility, case: RevocationRequest | None) -> Entry:
        if case:
            label = self._continue if case.is_draft else self._follow
            return Entry(label % {"number": case.number}, self._at("request", case.pk))
        page, blocking = self._at("revoke", answer.certificate.pk), answer.blocking
        if blocking:
            return Entry(self._revoke, why=render(blocking[0].message, self._translate), more=page)
        return Entry(self._revoke, page)

    def _either(self, label: str, name: str, certificate: Certificate, why: Message | None, part: str = "") -> Entry:
        """Return the link to the page of this name, or to a part of it, unless something stands against it."""
        if why:
            return Entry(label, why=render(why, self._translate))
        return Entry(label, self._at(name, certificate.pk) + part)
