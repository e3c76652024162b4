"""Named points at which a test kills the process, to show that a restart continues correctly (threat 26).

`CERTPORTAL_FAULT=<name>` ends the process with SIGKILL at that point. Without the variable a point does nothing.
`TABLE` lists the points from the approval to the last mail, and what has happened by then.
"""

import os
import signal
from collections.abc import Mapping

BEFORE_CLAIM = "before-claim"
AFTER_CLAIM = "after-claim"
BEFORE_AUTHORITY = "before-authority"
AFTER_AUTHORITY = "after-authority"
AFTER_COMMIT = "after-commit"
BEFORE_LOOK = "before-look"
AFTER_LOOK = "after-look"
IN_SIGHTING = "in-sighting"
BETWEEN_SIGHTINGS = "between-sightings"
AFTER_SIGHTING = "after-sighting"
BEFORE_RECEIPT = "before-receipt"
IN_RECEIPT = "in-receipt"
AFTER_RECEIPT = "after-receipt"
BEFORE_MAIL = "before-mail"
AFTER_MAIL = "after-mail"

TABLE: Mapping[str, str] = {
    BEFORE_CLAIM: "the decision is committed, nobody works on it",
    AFTER_CLAIM: "a lease is held by the dead",
    BEFORE_AUTHORITY: "the reason is written down, the authority knows nothing",
    AFTER_AUTHORITY: "the authority has acted, the portal does not know",
    AFTER_COMMIT: "the confirmation is kept, nobody looked yet",
    BEFORE_LOOK: "a look is claimed by the dead",
    AFTER_LOOK: "the revocation was seen, the portal has not noted it",
    IN_SIGHTING: "all is written and nothing is committed",
    BETWEEN_SIGHTINGS: "some certificates of the round are revoked, of others the portal knows nothing yet",
    AFTER_SIGHTING: "the certificate is revoked, neither mail nor receipt is made",
    BEFORE_RECEIPT: "the receipt is signed, nobody has it",
    IN_RECEIPT: "the receipt is written and not committed",
    AFTER_RECEIPT: "the receipt is kept, no mail has gone",
    BEFORE_MAIL: "a mail is claimed by the dead",
    AFTER_MAIL: "a mail has gone, the portal has not noted it",
}
POINTS = tuple(TABLE)
"""The points from the decision to the last mail."""

AFTER_PUBLISHING = "after-publishing"
AFTER_REMOVING = "after-removing"
AFTER_LEASE = "after-lease"
BEFORE_OUTCOMES = "before-outcomes"
AFTER_PROOF = "after-proof"
SWEEP_POINTS = (AFTER_LEASE, BEFORE_OUTCOMES, AFTER_PROOF)
"""The points of the ownership checks."""


def reach(name: str) -> None:
    """Kill this process if the environment names this point."""
    if os.environ.get("CERTPORTAL_FAULT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
