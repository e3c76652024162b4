"""THE TABLE of what a reviewer can decide: verb -> service, form, label, confirmation (R1, R2, F8, A1).

The request itself says which verbs are possible for whom (`available`); pages only draw what is in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_fsm import can_proceed, has_transition_perm

from reviews.forms import ApproveForm, DecisionForm, WhyForm
from revocation.models import Actor, RevocationRequest
from revocation.models.who_may import DECIDE, takes_part
from revocation.services import deciding

Service = Callable[..., RevocationRequest]


@dataclass(frozen=True)
class Decision:
    """`question`: heading of the confirmation. `consequence`: what follows. `done`: said afterwards; it takes
    %(number)s. `grave`: cannot be undone."""

    verb: str
    service: Service
    form: Callable[..., DecisionForm]
    label: Promise | str
    question: Promise | str
    consequence: Promise | str
    done: Promise | str
    grave: bool = False


DECISIONS: tuple[Decision, ...] = (
    Decision(
        "approve",
        deciding.approve,
        ApproveForm,
        _("Approve"),
        _("Approve the revocation?"),
        _("The issuing authority is told at once. A revocation cannot be undone."),
        _("Request %(number)s is approved. The authority is being told."),
        grave=True,
    ),
    Decision(
        "hand_back",
        deciding.hand_back,
        partial(WhyForm, ask=_("What must the customer correct?")),
        _("Hand back for correction"),
        _("Hand the request back to the customer?"),
        _(
            "The customer can correct the reason and upload a new letter; the present letter is kept. The "
            "certificate stays locked and the clock runs on."
        ),
        _("Request %(number)s is handed back to the customer."),
    ),
    Decision(
        "reject",
        deciding.reject,
        partial(WhyForm, ask=_("Why is it rejected?")),
        _("Reject"),
        _("Reject the request?"),
        _("The request ends. The certificate is in use again, and the customer may file a new request."),
        _("Request %(number)s is rejected."),
    ),
    Decision(
        "vouch",
        deciding.vouch,
        partial(WhyForm, ask=_("What evidence do you have that this request is justified?")),
        _("Vouch for it"),
        _("Vouch for this assisted request?"),
        _("You take the case on and justify it. From then on you have a part in it: another must decide."),
        _("You vouched for request %(number)s. Someone else decides on it now."),
    ),
)
BY_VERB = {decision.verb: decision for decision in DECISIONS}


def available(request: RevocationRequest, actor: Actor) -> list[Decision]:
    """The decisions that the state allows and that this person may take, now."""
    return [decision for decision in possible(request) if _may(request, decision, actor)]


def possible(request: RevocationRequest) -> list[Decision]:
    """The decisions that the state allows, whoever takes them."""
    return [decision for decision in DECISIONS if can_proceed(getattr(request, decision.verb))]


def is_left_to_others(request: RevocationRequest, actor: Actor) -> bool:
    """R3: a reviewer who would decide, but has a part in the request."""
    return actor.may(DECIDE) and bool(possible(request)) and takes_part(request, actor)


def _may(request: RevocationRequest, decision: Decision, actor: Actor) -> bool:
    return bool(has_transition_perm(getattr(request, decision.verb), actor))  # type: ignore[arg-type]
