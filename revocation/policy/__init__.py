"""THE TABLES: which route a certificate takes, and the rules M and N that say whether it may be revoked now.

Nothing else in the project branches on the type of a certificate. To add a row, see CONTRIBUTING.md.
"""

from revocation.policy.automatic import AUTOMATIC_FOR, FALLBACKS, is_seen_lately, letter_is_waived, proof_is_waived
from revocation.policy.clocks import (
    ORDINARY,
    OWNERSHIP_WINDOW,
    REMINDERS,
    RETENTION_AFTER_EXPIRY,
    URGENT,
    approvals_needed,
    time_to_decide,
)
from revocation.policy.eligibility import BRAND_OUTSIDE_N, RULES, may_be_deleted, refusals, refusals_of_key_proof
from revocation.policy.routes import NEEDS, ROUTES, Route, RouteNeeds, route_for
from revocation.policy.situations import SITUATION_OF_RULE, SITUATIONS, Situation
from revocation.policy.standing import Doomed, Refusal, Standing, WayOut

__all__ = [
    "AUTOMATIC_FOR",
    "BRAND_OUTSIDE_N",
    "FALLBACKS",
    "NEEDS",
    "ORDINARY",
    "OWNERSHIP_WINDOW",
    "REMINDERS",
    "RETENTION_AFTER_EXPIRY",
    "ROUTES",
    "RULES",
    "SITUATIONS",
    "SITUATION_OF_RULE",
    "URGENT",
    "Doomed",
    "Refusal",
    "Route",
    "RouteNeeds",
    "Situation",
    "Standing",
    "WayOut",
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
