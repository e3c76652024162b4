"""A1: the cases that self-service cannot take, and what shows them."""

from __future__ import annotations

from dataclasses import dataclass

from revocation.marking import gettext_noop


@dataclass(frozen=True)
class Situation:
    """A1: why self-service cannot take it, and what we need as evidence."""

    slug: str
    title: str
    evidence: str


SITUATIONS: tuple[Situation, ...] = (
    Situation(
        "too_old",
        gettext_noop("The certificate was issued before 25 March 2020"),
        gettext_noop("A letter with your organisation's stamp, or the order or invoice of the certificate."),
    ),
    Situation(
        "compromised",
        gettext_noop("Someone else may have the private key, and the certificate is about to be renewed"),
        gettext_noop(
            "What shows it: the place where the key can be found, a log of the break-in. Never the key itself."
        ),
    ),
    Situation(
        "lapsed",
        gettext_noop("The domain has lapsed and was deleted, or somebody else owns it now"),
        gettext_noop(
            "The registrar's notice or invoice that shows that it was yours, and what the WHOIS or RDAP says today."
        ),
    ),
    Situation(
        "control_lost",
        gettext_noop("We lost control of the domain, its DNS or the web server"),
        gettext_noop(
            "What shows that it is yours (registrar's invoice, contract with the hoster), and what happened: their "
            "answer, a report to the police."
        ),
    ),
)
"""A1: the cases that self-service cannot take. N3 and N1 lead to the first two."""

SITUATION_OF_RULE = {"N3": "too_old", "N1": "compromised"}
