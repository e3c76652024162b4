"""R3, L6: guards of requests: who may decide, and that decisions and submitted requests are kept."""

from __future__ import annotations

from collections.abc import Iterable

from revocation import policy
from revocation.guards.guard import DELETE, INSERT, TRUNCATE, UPDATE, Guard, differs
from revocation.guards.tables import CERTIFICATES, EVENTS, MEMBERSHIPS, ORDERS, PROOFS, REQUESTS

CARRIED_OUT = "('approved', 'revoking', 'revoked')"


def _listed(routes: Iterable[str]) -> str:
    return "(" + ", ".join(f"'{route}'" for route in routes) + ")"


UNREVIEWED, BY_OWNERSHIP, BY_KEY = map(_listed, (policy.UNREVIEWED, policy.BY_OWNERSHIP, policy.BY_KEY))
"""SQL lists of routes. On every route outside `UNREVIEWED` a request rests on a review."""

DECIDERS = {
    "four_eyes": "decided_by_id",
    "first_approver_eyes": "first_approved_by_id",
    "sponsor_eyes": "vouched_by_id",
}
"""Guard -> the column of the decider that it watches."""

PARTS = {
    "decided_by_id": ("filed_by_id", "submitted_by_id", "vouched_by_id"),
    "first_approved_by_id": ("filed_by_id", "submitted_by_id", "vouched_by_id"),
    "vouched_by_id": ("filed_by_id", "submitted_by_id"),
}
"""Column of the decider -> columns of people who must be somebody else."""


def decided(row: str) -> str:
    """Return SQL: the request was decided, is exempt, or is proven (every name, or the private key).

    `row`: the alias of the request's row, NEW or OLD.
    """
    proofs = f"SELECT 1 FROM {PROOFS} p WHERE p.request_id = {row}.id"  # noqa: S608
    proven = f"EXISTS ({proofs}) AND NOT EXISTS ({proofs} AND p.proven_at IS NULL)"
    return f"({grounded(row)} AND ({row}.route NOT IN {BY_OWNERSHIP} OR {row}.proof_waived OR ({proven})))"


def grounded(row: str) -> str:
    """Return SQL: the request is `decided` as far as its own row says, without a look at the proofs of names."""
    return f"""({row}.state IN {CARRIED_OUT} AND {row}.submitted_at IS NOT NULL AND (
        ({row}.route NOT IN {UNREVIEWED} AND {row}.decided_by_id IS NOT NULL AND {row}.decided_at IS NOT NULL
            AND ({row}.approvals_needed < 2 OR {row}.first_approved_by_id IS NOT NULL)
            AND ({row}.route <> '{policy.Route.A1}' OR {row}.vouched_by_id IS NOT NULL))
        OR ({row}.route IN {BY_OWNERSHIP} AND ({row}.proof_waived OR {row}.proven_at IS NOT NULL))
        OR ({row}.route IN {BY_KEY} AND {row}.proven_at IS NOT NULL)))"""


def recorded(row: str) -> str:
    """Return SQL: there is an event of the decision, by the person whom the request names as decider."""
    return f"""EXISTS (SELECT 1 FROM {EVENTS} e WHERE e.request_id = {row}.id AND e.after = 'approved'
        AND e.kind = CASE WHEN {row}.route NOT IN {UNREVIEWED} THEN 'approved'
            WHEN {row}.route IN {BY_KEY} THEN 'key_proven' WHEN {row}.proof_waived THEN 'submitted' ELSE 'proven' END
        AND ({row}.route IN {UNREVIEWED} OR e.actor_id = {row}.decided_by_id))"""  # noqa: S608


def _takes_part(column: str) -> str:
    member = f"""SELECT 1 FROM {MEMBERSHIPS} m JOIN {CERTIFICATES} c ON c.customer_id = m.customer_id
        WHERE m.user_id = NEW.{column} AND c.id = NEW.certificate_id"""  # noqa: S608
    same = " OR ".join(f"NEW.{column} = NEW.{part}" for part in PARTS[column])
    return f"NEW.{column} IS NOT NULL AND ({same} OR EXISTS ({member}))"


FOUR_EYES = tuple(
    Guard(
        name,
        REQUESTS,
        (INSERT, UPDATE),
        "four eyes: the decider has a part in the request or belongs to the customer",
        _takes_part(column),
        (column, *PARTS[column]),
    )
    for name, column in DECIDERS.items()
)

GROUNDS = (
    *("state", "route", "submitted_at", "decided_by_id", "decided_at", "approvals_needed", "first_approved_by_id"),
    *("vouched_by_id", "proof_waived", "proven_at"),
)
"""The columns of a request that `decided` reads."""

ORDERED = f"EXISTS (SELECT 1 FROM {ORDERS} o WHERE o.request_id = OLD.id)"  # noqa: S608
FINISHED = f"NOT EXISTS (SELECT 1 FROM {ORDERS} o WHERE o.request_id = OLD.id AND o.state <> 'proven')"  # noqa: S608

GUARDS = (
    *FOUR_EYES,
    Guard("request_subject", REQUESTS, (UPDATE,), "a request stays with its certificate", "", ("id", "certificate_id")),
    Guard(
        "request_decision_kept",
        REQUESTS,
        (UPDATE,),
        "a decision is made once",
        "OLD.decided_at IS NOT NULL",
        ("decided_at", "decided_by_id", "decided_why"),
    ),
    Guard(
        "request_submission_kept",
        REQUESTS,
        (UPDATE,),
        "who filed and who submitted a request, and what it needs, is never changed",
        f"OLD.submitted_at IS NOT NULL OR {differs('filed_by_id')}",
        (
            *("filed_by_id", "filed_at", "submitted_by_id", "submitted_at"),
            *("approvals_needed", "letter_waived", "proof_waived"),
        ),
    ),
    Guard(
        "request_goes_on",
        REQUESTS,
        (UPDATE,),
        "an approved request cannot be taken back",
        f"OLD.state IN {CARRIED_OUT} AND (NEW.state NOT IN {CARRIED_OUT} OR OLD.state = 'revoked')",
        ("state",),
    ),
    Guard(
        "request_grounds",
        REQUESTS,
        (UPDATE,),
        "only a decided request is carried out",
        f"NEW.state IN {CARRIED_OUT} AND NOT {decided('NEW')}",
        GROUNDS,
    ),
    Guard(
        "request_begun",
        REQUESTS,
        (INSERT,),
        "only a decided request is carried out",
        f"NEW.state IN {CARRIED_OUT} AND NOT {grounded('NEW')}",
    ),
    Guard(
        "request_reason_kept",
        REQUESTS,
        (UPDATE,),
        "what was decided is not changed afterwards",
        f"OLD.state IN {CARRIED_OUT}",
        ("route", "reason", "reason_text"),
    ),
    Guard(
        "request_revoked",
        REQUESTS,
        (UPDATE,),
        "the request has orders that are not proven",
        f"NEW.state = 'revoked' AND NOT ({ORDERED} AND {FINISHED})",
        ("state",),
    ),
    Guard(
        "request_kept",
        REQUESTS,
        (DELETE,),
        "submitted requests are never deleted",
        f"OLD.submitted_at IS NOT NULL OR {ORDERED}",
    ),
    Guard("requests_never_emptied", REQUESTS, (TRUNCATE,), "submitted requests are never deleted"),
)
