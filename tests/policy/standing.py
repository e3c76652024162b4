"""The facts of a certificate that no rule refuses; tests change one fact at a time."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from revocation import policy
from tests.people import NOW

FREE = policy.EligibilityFacts(
    at=NOW,
    uploaded=False,
    state=policy.State.ISSUED,
    brand="digicert",
    issuer="Example CA",
    not_before=NOW - timedelta(days=20),
    not_after=NOW + timedelta(days=200),
)


def rules(assisted: bool = False, **facts: Any) -> list[str]:
    """Return the ids of the rules that refuse FREE with these facts changed."""
    return [refusal.rule for refusal in policy.refusals(replace(FREE, **facts), assisted=assisted)]
