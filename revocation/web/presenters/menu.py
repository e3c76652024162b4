"""The menu *More*: what is possible with a certificate now, and why the rest is not. Only the rules decide."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from revocation.models import Certificate, RevocationRequest
from revocation.services.inventory.deletion import why_not_deletable
from revocation.services.inventory.deployments import why_locked, why_not_free
from revocation.services.requests.eligibility import Eligibility


@dataclass(frozen=True)
class Entry:
    """A link, or a reason why there is none: `why` is a sentence. `more`: where the reason is explained at length."""

    label: str
    url: str = ""
    why: str = ""
    more: str = ""


def menu_of(answer: Eligibility, case: RevocationRequest | None) -> list[Entry]:
    """Return the menu of the certificate of `answer`. `case`: its open request."""
    certificate = answer.certificate
    return [
        Entry(_("Open"), _at("certificate", certificate)),
        _revoke(answer, case),
        _download(certificate),
        _deploy(answer),
        _delete(answer),
    ]


def _at(name: str, certificate: Certificate) -> str:
    return reverse(name, args=[certificate.pk])


def _revoke(answer: Eligibility, case: RevocationRequest | None) -> Entry:
    if case:
        label = _("Continue draft %(number)s") if case.is_draft else _("Open request %(number)s")
        return Entry(label % {"number": case.number}, reverse("request", args=[case.pk]))
    page = _at("revoke", answer.certificate)
    return Entry(_("Revoke"), why=answer.why_not, more=page) if answer.blocking else Entry(_("Revoke"), page)


def _download(certificate: Certificate) -> Entry:
    if certificate.is_locked:
        return Entry(_("Download"), why=str(why_locked(certificate)))
    return Entry(_("Download"), _at("download", certificate))


def _deploy(answer: Eligibility) -> Entry:
    certificate = answer.certificate
    why = why_not_free(certificate, at=answer.facts.at)
    return (
        Entry(_("Deploy"), why=str(why))
        if why
        else Entry(_("Deploy"), _at("certificate", certificate) + "#deployments")
    )


def _delete(answer: Eligibility) -> Entry:
    why = why_not_deletable(answer.certificate, answer.facts)
    return Entry(_("Delete"), why=str(why)) if why else Entry(_("Delete"), _at("delete", answer.certificate))
