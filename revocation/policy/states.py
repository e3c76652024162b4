"""The states of a certificate, as the rules know them."""

from enum import StrEnum


class State(StrEnum):
    """`models.CertificateState` has the same values, with their labels."""

    ISSUED = "issued"
    REVOKING = "revoking"
    REVOKED = "revoked"
    DELETED = "deleted"
