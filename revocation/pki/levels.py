"""The validation level that a certificate's content shows, and which part of the content shows it."""

from __future__ import annotations

from collections.abc import Iterable

from revocation.pki.kinds import Level

POLICIES: dict[str, Level] = {
    # CA/Browser Forum, Baseline Requirements section 7.1.6.1 and EV Guidelines section 7.1.6.4
    "2.23.140.1.2.1": Level.DV,
    "2.23.140.1.2.2": Level.OV,
    "2.23.140.1.2.3": Level.OV,  # individual validated: a person's name in place of an organisation's
    "2.23.140.1.1": Level.EV,
    # EV identifiers from before the common one
    "2.16.840.1.114412.2.1": Level.EV,
    "2.16.840.1.113733.1.7.23.6": Level.EV,
    "1.3.6.1.4.1.4146.1.1": Level.EV,
    "1.3.6.1.4.1.6449.1.2.1.5.1": Level.EV,
    "2.16.840.1.114028.10.1.2": Level.EV,
}

BUSINESS_CATEGORY, SERIAL_NUMBER, JURISDICTION = "2.5.4.15", "2.5.4.5", "1.3.6.1.4.1.311.60.2.1.3"
EV_SUBJECT = frozenset({BUSINESS_CATEGORY, SERIAL_NUMBER, JURISDICTION})
"""EV Guidelines section 7.1.4.2: what an EV subject holds besides the organisation."""
ORGANIZATION, COMMON_NAME = "2.5.4.10", "2.5.4.3"


def level_by_content(policies: Iterable[str], subject_oids: frozenset[str]) -> tuple[Level | None, str]:
    """Return the level and its source: "policy", else "subject". (None, "") if neither shows it: nothing is guessed."""
    for policy in policies:
        if policy in POLICIES:
            return POLICIES[policy], "policy"
    if subject_oids >= EV_SUBJECT:
        return Level.EV, "subject"
    if ORGANIZATION in subject_oids:
        return Level.OV, "subject"
    if subject_oids == {COMMON_NAME}:
        return Level.DV, "subject"
    return None, ""
