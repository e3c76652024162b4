"""How often a secret may be guessed, and a mail asked for: by whom, from where (U4; docs/decisions.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from certportal.limits.counting import Rate

DAY = 24 * 3600


class Kind(StrEnum):
    """What is tried. All forms that check the same secret count together."""

    PASSWORD = "password"  # noqa: S105 - a name
    CODE = "code"
    MAIL = "mail"
    LINK = "link"


@dataclass(frozen=True)
class Rates:
    """`together`: for one account from one place (a network address, or a browser that it has logged in from).
    `place`: from one network address, whatever the account. `strangers`: for one account from all places together that
    it has never logged in from. `owner`: for one account from one browser that it has logged in from."""

    together: Rate | None = None
    place: Rate | None = None
    strangers: Rate | None = None
    owner: Rate | None = None


RATES: Mapping[Kind, Rates] = {
    # 100 wrong guesses: NIST SP 800-63B 3.2.2. The way past `strangers` for the owner is a mailed link.
    Kind.PASSWORD: Rates(Rate(5, 300), Rate(20, 60), Rate(100, 3600), Rate(100, DAY)),
    # A code is one of a million, and whoever guesses has the password already.
    Kind.CODE: Rates(Rate(5, 300), Rate(20, 60), Rate(30, DAY), Rate(100, DAY)),
    Kind.MAIL: Rates(Rate(5, 300), Rate(20, 60), Rate(20, 3600), Rate(20, 3600)),
    Kind.LINK: Rates(Rate(20, 60), Rate(20, 60)),
}
KNOWN_FOR = 180 * DAY
"""Seconds that a browser and a network address stay known after a log-in."""
