"""What a CRL or an OCSP response says about one certificate, and why it may be of no use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.pki import strict_der as der
from revocation.pki.strict_der import DerError, Reader

CLOCK_TOLERANCE = timedelta(minutes=5)
WITHOUT_NEXT_UPDATE = timedelta(days=1)
"""How long an answer without a next update is believed."""
FIRST, LAST = datetime(1950, 1, 1, tzinfo=UTC), datetime(9998, 12, 31, tzinfo=UTC)
"""The first day of a UTCTime (RFC 5280 section 4.1.2.5.1), and a last day that every time zone can still show."""

CERTIFICATE_HOLD, REMOVE_FROM_CRL = 6, 8
REASON_CODES = frozenset({0, 1, 2, 3, 4, 5, 6, 8, 9, 10})
"""The reason codes of RFC 5280 section 5.3.1; 7 is not used."""

MESSAGES = table(
    "status",
    {
        "issuer_unreadable": gettext_noop("The issuer's certificate cannot be read."),
        "certificate_not_der": gettext_noop("The certificate is not strict DER, so its status cannot be checked."),
        "crl_unreadable": gettext_noop("The response is not a CRL."),
        "crl_of_another_issuer": gettext_noop("The CRL is issued by %(found)s, but the certificate by %(wanted)s."),
        "crl_signature_wrong": gettext_noop("The CRL is not signed by the certificate's issuer."),
        "crl_not_for_this_key": gettext_noop(
            "The CRL names another key of the issuer than the one of its certificate."
        ),
        "crl_issuer_may_not_sign": gettext_noop(
            "The issuer's certificate does not allow its key to sign CRLs (key usage cRLSign is missing)."
        ),
        "crl_outdated": gettext_noop("The CRL is out of date: its next update was due at %(next_update)s."),
        "crl_not_yet_valid": gettext_noop("The CRL is dated in the future: %(this_update)s."),
        "crl_partial": gettext_noop("The CRL is a delta, an indirect one, or not for all certificates and reasons."),
        "crl_critical": gettext_noop(
            "The CRL has a critical extension that the portal does not know (%(oid)s). It must not be used (RFC 5280)."
        ),
        "crl_entry_critical": gettext_noop(
            "An entry of the CRL has a critical extension that the portal does not know (%(oid)s). The CRL must not be "
            "used (RFC 5280)."
        ),
        "crl_entry_unreadable": gettext_noop("The CRL's entry for this certificate cannot be read."),
        "crl_entries_differ": gettext_noop(
            "The CRL has several entries for this certificate that contradict each other."
        ),
        "ocsp_unreadable": gettext_noop("The response is not an OCSP response."),
        "ocsp_refused": gettext_noop("The OCSP responder did not answer: %(status)s."),
        "ocsp_other_certificate": gettext_noop("The OCSP response is about another certificate."),
        "ocsp_contradicts": gettext_noop("The OCSP response says different things about this certificate."),
        "ocsp_signature_wrong": gettext_noop(
            "The OCSP response is not signed by the issuer or a responder it appointed."
        ),
        "ocsp_critical": gettext_noop(
            "The OCSP response has a critical extension that the portal does not know (%(oid)s). It must not be used "
            "(RFC 6960)."
        ),
        "ocsp_nonce_wrong": gettext_noop("The OCSP response answers another question (its nonce differs)."),
        "ocsp_outdated": gettext_noop("The OCSP response is out of date: it was good until %(next_update)s."),
        "ocsp_not_yet_valid": gettext_noop("The OCSP response is dated in the future: %(this_update)s."),
    },
    kept_bare=True,
) | table(
    "status",
    {"crl_elsewhere": gettext_noop("The CRL covers other certificates only: those that name %(found)s.")},
    lists=frozenset({"found"}),
    kept_bare=True,
)
"""`StatusUnreadable.code` -> sentence."""


class StatusUnreadable(Refused):
    """This CRL or OCSP response cannot be used. `code` is a key of MESSAGES."""

    subject = "status"

    def __init__(self, code: str, params: Mapping[str, str] | None = None) -> None:
        super().__init__(code, **(params or {}))


@dataclass(frozen=True)
class CrlSighting:
    """What a CRL says about one certificate.

    `reason`: the RFC 5280 code, 0 if none is given, None if the one given is not in RFC 5280. Both `revoked_at` and
    `reason` are None if not revoked.
    """

    revoked: bool
    revoked_at: datetime | None
    reason: int | None
    crl_number: int | None
    this_update: datetime
    next_update: datetime | None


@dataclass(frozen=True)
class OcspSighting:
    """What an OCSP responder says about one certificate.

    `known` is False if it answers *unknown*. `reason` as in `CrlSighting`.
    """

    known: bool
    revoked: bool
    revoked_at: datetime | None
    reason: int | None
    this_update: datetime
    next_update: datetime | None


def check_freshness(kind: str, this_update: datetime, next_update: datetime | None, at: datetime) -> None:
    """Check that an answer is neither outdated nor of the future. `kind`: crl or ocsp. Raises StatusUnreadable."""
    if this_update < FIRST:
        raise StatusUnreadable(f"{kind}_unreadable")
    if this_update > at + CLOCK_TOLERANCE:
        raise StatusUnreadable(f"{kind}_not_yet_valid", {"this_update": this_update.isoformat()})
    end = next_update or this_update + WITHOUT_NEXT_UPDATE
    if end < at:
        raise StatusUnreadable(f"{kind}_outdated", {"next_update": end.isoformat()})


def revocation_date(reader: Reader) -> datetime:
    """Read the next element as the date of a revocation. Raises DerError, also for a date outside FIRST to LAST."""
    moment = der.instant(reader)
    if not FIRST <= moment <= LAST:
        raise DerError("date of a revocation")
    return moment


def shown_everywhere(next_update: datetime | None) -> datetime | None:
    """Return the next update, at most LAST.

    *No end* may be written 99991231235959Z, which is past the calendar's end in half of the world's time zones.
    """
    return None if next_update is None else min(next_update, LAST)


def published_reason(code: int | None) -> int | None:
    """Return the reason code: 0 if none is given (RFC 5280 section 5.3.1), None for a code that does not exist."""
    if code is None:
        return 0
    return code if code in REASON_CODES else None
