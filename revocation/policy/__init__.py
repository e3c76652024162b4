"""THE TABLES: which route a certificate takes, and the rules M and N that say whether it may be revoked now.

No other code in the project branches on the type of a certificate. To add a row, see CONTRIBUTING.md.
"""

from revocation.policy.automatic import AUTOMATIC_FOR, FALLBACKS, is_seen_lately, letter_is_waived, proof_is_waived
from revocation.policy.clocks import (
    ORDINARY,
    OWNERSHIP_WINDOW,
    REMINDERS,
    RETENTION_AFTER_EXPIRY,
    URGENT,
)
from revocation.policy.eligibility import (
    BRAND_OUTSIDE_N,
    RULES,
    answers,
    may_be_deleted,
    refusals,
    refusals_of_key_proof,
)
from revocation.policy.eligibility_facts import EligibilityFacts, Refusal, Related, WayOut
from revocation.policy.routes import (
    BY_KEY,
    BY_OWNERSHIP,
    NEEDS,
    UNREVIEWED,
    Route,
    RouteNeeds,
    RouteSpec,
    approvals_needed,
    route_for,
    time_to_decide,
)
from revocation.policy.situations import SITUATION_OF_RULE, SITUATIONS, Situation
from revocation.policy.states import State

__all__ = [
    "AUTOMATIC_FOR",
    "BRAND_OUTSIDE_N",
    "BY_KEY",
    "BY_OWNERSHIP",
    "FALLBACKS",
    "NEEDS",
    "ORDINARY",
    "OWNERSHIP_WINDOW",
    "REMINDERS",
    "RETENTION_AFTER_EXPIRY",
    "RULES",
    "SITUATIONS",
    "SITUATION_OF_RULE",
    "UNREVIEWED",
    "URGENT",
    "EligibilityFacts",
    "Refusal",
    "Related",
    "Route",
    "RouteNeeds",
    "RouteSpec",
    "Situation",
    "State",
    "WayOut",
    "answers",
    "approvals_needed",
    "is_seen_lately",
    "letter_is_waived",
    "may_be_deleted",
    "proof_is_waived",
    "refusals",
    "refusals_of_key_proof",
    "route_for",
    "time_to_decide",
]
