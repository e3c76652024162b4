"""The two enumerations that the table of routes is written in."""

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
