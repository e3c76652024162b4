"""Who may do what to a request: predicates for `@transition(permission=…)`. What the *state* allows is elsewhere.

django-fsm never calls them by itself. `services.core.transitions` does, for every verb and every caller (R3).
"""

from __future__ import annotations

from revocation.models.actor import Actor, ActorKind
from revocation.models.request.any_request import AnyRequest

DECIDE = "revocation.decide_revocationrequest"


def customer(request: AnyRequest, actor: Actor) -> bool:
    """L3: return whether the actor is a member of the certificate's organisation."""
    return actor.belongs_to(request.certificate.customer_id)


def system(request: AnyRequest, actor: Actor) -> bool:
    """Return whether the worker acts. Proofs, deadlines and the authority's answers are facts, nobody's choice."""
    return actor.kind is ActorKind.SYSTEM


def reviewer(request: AnyRequest, actor: Actor) -> bool:
    """R3, four eyes: return whether the actor may decide and has no part in the request. Holds for superusers too."""
    return actor.may(DECIDE) and not takes_part(request, actor)


def approver(request: AnyRequest, actor: Actor) -> bool:
    """R3: return whether the actor may give the last approval: a reviewer other than the first of two.

    The first may still reject or hand back.
    """
    return reviewer(request, actor) and (actor.user_id != request.first_approved_by_id)


def holder(request: AnyRequest, actor: Actor) -> bool:
    """Return whether the request is assigned to the actor."""
    return actor.user is not None and actor.user_id == request.taken_by_id and actor.user.is_active


def sponsor(request: AnyRequest, actor: Actor) -> bool:
    """A1: return whether the actor may vouch for an assisted request: as a reviewer, who is not of the customer."""
    return reviewer(request, actor)


def takes_part(request: AnyRequest, actor: Actor) -> bool:
    """Return whether the actor filed, submitted or vouched for it, or belongs to the customer (a second account)."""
    if actor.user is None:
        return False
    mine = {request.filed_by_id, request.submitted_by_id, request.vouched_by_id}
    return actor.user.pk in mine or actor.belongs_to(request.certificate.customer_id)
