"""The table of reason codes (RFC 5280 section 5.3.1; the product's rules, "Reason codes")."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from revocation.marking import gettext_noop
from revocation.pki.facts import Level


class Offer(Enum):
    """To whom a reason is offered."""

    EVERYONE = "everyone"
    ORGANISATIONS = "ov and ev"
    STAFF = "staff only"
    NOBODY = "never"


@dataclass(frozen=True)
class Reason:
    """One reason for a revocation. `code`: the CRLReason number.

    `words`: the plain words shown beside it. `follows`: what follows for the customer who selects it. Both are in
    English and translated when shown.
    """

    code: int
    name: str
    offer: Offer
    words: str = ""
    follows: str = ""


UNSPECIFIED = 0
KEY_COMPROMISE = 1

REASONS: tuple[Reason, ...] = (
    Reason(
        0,
        "unspecified",
        Offer.EVERYONE,
        gettext_noop("None of these"),
        gettext_noop("The CA publishes the revocation without a reason."),
    ),
    Reason(
        1,
        "keyCompromise",
        Offer.EVERYONE,
        gettext_noop("Someone else may have the private key"),
        gettext_noop(
            "Only this reason allows you to revoke a deployed certificate. Use a new key for the next "
            "certificate. Check other certificates with the same key. They are not revoked automatically."
        ),
    ),
    Reason(2, "cACompromise", Offer.NOBODY),
    Reason(
        3,
        "affiliationChanged",
        Offer.ORGANISATIONS,
        gettext_noop("Our organisation's name or data changed"),
        gettext_noop("Get a new certificate with the new data first. This certificate stops working."),
    ),
    Reason(
        4,
        "superseded",
        Offer.EVERYONE,
        gettext_noop("I have replaced this certificate"),
        gettext_noop("Install the new certificate everywhere first. This certificate stops working."),
    ),
    Reason(
        5,
        "cessationOfOperation",
        Offer.EVERYONE,
        gettext_noop("The site is closed, or the name is no longer ours"),
        gettext_noop("Services that still use the certificate show an error."),
    ),
    Reason(6, "certificateHold", Offer.NOBODY),
    Reason(7, "(not used)", Offer.NOBODY),
    Reason(8, "removeFromCRL", Offer.NOBODY),
    Reason(9, "privilegeWithdrawn", Offer.STAFF, gettext_noop("The right to the certificate was withdrawn")),
    Reason(10, "aACompromise", Offer.NOBODY),
)
BY_CODE = {reason.code: reason for reason in REASONS}


def offered_to_customers(level: Level) -> tuple[Reason, ...]:
    """Return the reasons that a customer may select for this validation level; *None of these* comes last."""
    offers = {Offer.EVERYONE} if level is Level.DV else {Offer.EVERYONE, Offer.ORGANISATIONS}
    offered = (reason for reason in REASONS if reason.offer in offers)
    return tuple(sorted(offered, key=lambda reason: reason.code == UNSPECIFIED))


def offered_to_staff() -> tuple[Reason, ...]:
    """Return the reasons that staff may select: all except those that are never used."""
    return tuple(reason for reason in REASONS if reason.offer is not Offer.NOBODY)
