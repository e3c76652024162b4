"""Named points at which a test may kill the process, to show that what follows a restart is right (threat 26).

`CERTPORTAL_FAULT=<name>` ends the process with SIGKILL at that point. Without the variable a point does nothing.
"""

import os
import signal

BEFORE_CLAIM = "before-claim"
AFTER_CLAIM = "after-claim"
AFTER_AUTHORITY = "after-authority"
AFTER_COMMIT = "after-commit"
AFTER_LEASE = "after-lease"
BEFORE_OUTCOMES = "before-outcomes"
AFTER_PROOF = "after-proof"
SWEEP_POINTS = (AFTER_LEASE, BEFORE_OUTCOMES, AFTER_PROOF)
"""Of the checks of ownership."""

POINTS = (BEFORE_CLAIM, AFTER_CLAIM, AFTER_AUTHORITY, AFTER_COMMIT)
"""Of telling an authority."""


def point(name: str) -> None:
    """Die here if the environment says so."""
    if os.environ.get("CERTPORTAL_FAULT") == name:
        os.kill(os.getpid(), signal.SIGKILL)
