"""A1: the situations that self-service cannot take, and the evidence for each."""

from __future__ import annotations

from dataclasses import dataclass

from revocation.marking import gettext_noop


@dataclass(frozen=True)
class Situation:
    """A1: one situation. `title`: why self-service cannot take it. `evidence`: what we need as evidence."""

    slug: str
    title: str
    evidence: str


SITUATIONS: tuple[Situation, ...] = (
    Situation(
        "too_old",
        gettext_noop("The certificate was issued before 25 March 2020"),
        gettext_noop("A letter with your organisation's stamp, or the purchase order or invoice of the certificate."),
    ),
    Situation(
        "compromised",
        gettext_noop("Someone else may have the private key, and the certificate is about to be renewed"),
        gettext_noop("Proof such as where the key can be found or a log of the break-in. Never send the key itself."),
    ),
    Situation(
        "lapsed",
        gettext_noop("The domain has lapsed, or someone else owns it now"),
        gettext_noop("A registrar's notice or invoice that shows you owned it, and the current WHOIS or RDAP record."),
    ),
    Situation(
        "control_lost",
        gettext_noop("We lost control of the domain, its DNS or the web server"),
        gettext_noop(
            "Proof that you own it, such as the registrar's invoice or a hosting contract. Proof of what "
            "happened, such as an answer from the registrar or host, or a police report."
        ),
    ),
)
"""A1: the situations that self-service cannot take. N3 and N1 lead to the first two."""

SITUATION_OF_RULE = {"N3": "too_old", "N1": "compromised"}
