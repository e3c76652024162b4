"""What the rules M and N look at, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


@dataclass(frozen=True)
class Doomed:
    """A certificate that dies with the one in question, or that it must be revoked through (N2)."""

    id: int
    label: str


@dataclass(frozen=True)
class Standing:
    """What the rules look at, at the instant `at`. Made by `Certificate.standing()`."""

    at: datetime
    uploaded: bool
    state: str
    brand: str
    issuer: str
    not_before: datetime
    not_after: datetime
    to_be_renewed: bool = False
    open_request: int | None = None
    deployed_to: tuple[str, ...] = ()
    original: Doomed | None = None
    dies_with_it: tuple[Doomed, ...] = ()
    chain_is_circular: bool = False
    reason: int | None = None


class WayOut(StrEnum):
    """Where a refused person can go instead. The pages turn each into a link."""

    NONE = ""
    ISSUER = "issuer"
    OPEN_REQUEST = "open_request"
    UNDEPLOY = "undeploy"
    ORIGINAL = "original"
    ASSISTED = "assisted"


@dataclass(frozen=True)
class Refusal:
    """Why not. `sentence` has %(name)s placeholders for `params`; it is translated where it is shown."""

    rule: str
    code: str
    sentence: str
    way_out: WayOut = WayOut.NONE
    params: dict[str, Any] = field(default_factory=dict)
