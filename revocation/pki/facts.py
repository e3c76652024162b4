from enum import StrEnum
class Standard(StrEnum):
    INTERNATIONAL = "international"
    SM2 = "sm2"
class Level(StrEnum):
    DV = "dv"
    OV = "ov"
    EV = "ev"
