"""*More*: what is possible with a certificate now, and what is not, with the reason. Only the rules decide."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from revocation import policy
from revocation.models import Certificate, RequestState, RevocationRequest
from revocation.policy import Standing
from revocation.services.deleting import why_not_deletable
from revocation.services.deploying import why_not_free
from revocation.services.filing import explain


@dataclass(frozen=True)
class Entry:
    """A link, or a reason why there is none: `why` is a sentence. `more`: where the reason is explained at length."""

    label: str
    url: str = ""
    why: str = ""
    more: str = ""


def menu_of(certificate: Certificate, standing: Standing, case: RevocationRequest | None) -> list[Entry]:
    """`case`: the open request of the certificate."""
    return [
        Entry(_("Open"), _at("certificate", certificate)),
        _revoke(certificate, standing, case),
        _download(certificate),
        _deploy(certificate, standing),
        _delete(certificate, standing),
    ]


def _at(name: str, certificate: Certificate) -> str:
    return reverse(name, args=[certificate.pk])


def _revoke(certificate: Certificate, standing: Standing, case: RevocationRequest | None) -> Entry:
    if case:
        label = _("Go on with draft %(number)s") if case.state == RequestState.DRAFT else _("Open request %(number)s")
        return Entry(label % {"number": case.number}, reverse("request", args=[case.pk]))
    refusals = [refusal for refusal in policy.refusals(standing) if refusal.rule != "M7"]
    if refusals:
        return Entry(_("Revoke"), why=explain(refusals[0]), more=_at("revoke", certificate))
    return Entry(_("Revoke"), _at("revoke", certificate))


def _download(certificate: Certificate) -> Entry:
    if certificate.is_locked:
        state = certificate.get_state_display()
        why = _("This certificate is “%(state)s”: it can be neither downloaded nor deployed.") % {"state": state}
        return Entry(_("Download"), why=why)
    return Entry(_("Download"), _at("download", certificate))


def _deploy(certificate: Certificate, standing: Standing) -> Entry:
    why = why_not_free(certificate, at=standing.at)
    return Entry(_("Deploy"), why=why) if why else Entry(_("Deploy"), _at("certificate", certificate) + "#deployments")


def _delete(certificate: Certificate, standing: Standing) -> Entry:
    why = why_not_deletable(certificate, standing)
    return Entry(_("Delete"), why=why) if why else Entry(_("Delete"), _at("delete", certificate))
