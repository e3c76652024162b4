"""The entries of CRLs that the portal writes itself (RFC 5280 section 5.1.2.6)."""

from __future__ import annotations

from itertools import product

from asn1crypto import crl as asn1_crl

from revocation.authorities.local.revoke import crl_entry
from tests.people import NOW


def test_an_entry_of_a_crl_is_der() -> None:
    """The portal writes it itself; asn1crypto reads it strictly and writes the same bytes."""
    at = NOW.replace(microsecond=0)
    serials = (1, 127, 128, 255, 2**159 - 1, 2**160 + 5)
    for serial, reason, when in product(serials, NAMES, (at, at.replace(year=2051))):
        entry = asn1_crl.RevokedCertificate.load(crl_entry(serial, when, reason), strict=True)
        assert entry["user_certificate"].native == serial
        assert entry["revocation_date"].native == when
        assert entry["revocation_date"].name == ("utc_time" if when.year < 2050 else "general_time")
        assert (entry.crl_reason_value.native if entry.crl_reason_value else None) == NAMES[reason]
        assert entry.dump(force=True) == crl_entry(serial, when, reason)


NAMES = {
    0: None,
    1: "key_compromise",
    3: "affiliation_changed",
    4: "superseded",
    5: "cessation_of_operation",
    9: "privilege_withdrawn",
}
