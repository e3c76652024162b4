"""What a CRL or an OCSP response says about one certificate. Pure: it turns bytes into facts and fetches nothing.

Nothing is believed if it is unsigned, out of its time or scope, or has an unknown critical extension (C6). What cannot
be read raises `StatusUnreadable` and nothing else (C5).
"""

from revocation.pki.status.crl_belief import FEW, ReadCrl, Said, find_in_crl, read_crl
from revocation.pki.status.ocsp_belief import ocsp_request, read_ocsp
from revocation.pki.status.said import (
    CERTIFICATE_HOLD,
    CLOCK_TOLERANCE,
    CrlSighting,
    OcspSighting,
    StatusUnreadable,
)

__all__ = [
    "CERTIFICATE_HOLD",
    "CLOCK_TOLERANCE",
    "FEW",
    "CrlSighting",
    "OcspSighting",
    "ReadCrl",
    "Said",
    "StatusUnreadable",
    "find_in_crl",
    "ocsp_request",
    "read_crl",
    "read_ocsp",
]
