"""Standard and validation level of a certificate. With the brand, they select a route in the table of routes."""

from enum import StrEnum


class Standard(StrEnum):
    """`SM2`: Chinese national algorithms (GM/T 0003, 0004)."""

    INTERNATIONAL = "international"
    SM2 = "sm2"


class Level(StrEnum):
    """Validation levels of the CA/Browser Forum."""

    DV = "dv"
    OV = "ov"
    EV = "ev"
