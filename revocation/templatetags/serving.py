"""Where a certificate is in use: what its names served at the last look, for customers and for reviewers."""

from __future__ import annotations

from typing import Any

from django import template

from revocation.models import Certificate, RevocationRequest, Served, ServedCertificate
from revocation.pki.in_use import MOST_NAMES, hosts

register = template.Library()


@register.inclusion_tag("revocation/in_use.html", takes_context=True)
def in_use(context: dict[str, Any], certificate: Certificate, case: RevocationRequest) -> dict[str, Any]:
    """Show the customer's section before *Submit*, with *Check again*. It reloads itself until all looks are made."""
    request = context["request"]
    return found(certificate) | {"case": case, "request": request, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("revocation/in_use_rows.html")
def in_use_at(certificate: Certificate) -> dict[str, Any]:
    """Show the reviewer's lines."""
    return found(certificate)


def found(certificate: Certificate) -> dict[str, Any]:
    """Return what the looks found, with one query.

    `still`: names that serve this very certificate. `reused`: names that serve a newer one with its key.
    """
    looks = list(ServedCertificate.objects.filter(certificate=certificate))
    return {
        "looks": looks,
        "pending": any(look.look_at for look in looks),
        "still": [look.name for look in looks if look.outcome == Served.THIS],
        "reused": [look.name for look in looks if look.outcome == Served.NEWER and look.same_key],
        "silent": bool(looks) and all(look.outcome == Served.NOTHING for look in looks),
        "left_out": max(len(hosts(certificate.names)) - MOST_NAMES, 0),
        "most": MOST_NAMES,
    }
