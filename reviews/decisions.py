"""THE TABLE of what a reviewer can decide: verb -> service, form, label, confirmation (R1, R2, R3, F8, A1).

The request itself says which verbs are possible for whom (`available`); pages only draw what is in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_fsm import can_proceed, has_transition_perm

from reviews.forms import FOR_STAFF, ApproveForm, ApproveOriginalForm, DecisionForm, WhyForm
from revocation.models import Actor, RevocationRequest
from revocation.models.who_may import DECIDE, takes_part
from revocation.services import deciding, taking

Service = Callable[..., RevocationRequest]


@dataclass(frozen=True)
class Decision:
    """`question`: heading of the confirmation. `consequence`: what follows. `done`: said afterwards; it takes
    %(number)s. `key`: the keyboard's. `grave`: cannot be undone. `holder`: may whoever is on the case decide so
    (True), or only somebody else while one is (False)? `stays`: the case is shown again
    afterwards. `spares`: only the original dies."""

    verb: str
    service: Service
    form: Callable[..., DecisionForm]
    label: Promise | str
    question: Promise | str
    consequence: Promise | str
    done: Promise | str
    key: str = ""
    grave: bool = False
    holder: bool = True
    stays: bool = False
    spares: bool = False


DECISIONS: tuple[Decision, ...] = (
    Decision(
        "approve",
        deciding.approve,
        ApproveForm,
        _("Approve"),
        _("Approve the revocation?"),
        _("The issuing authority is told at once. A revocation cannot be undone."),
        _("Request %(number)s is approved. The authority is being told."),
        key="a",
        grave=True,
    ),
    Decision(
        "approve_original",
        deciding.approve_original,
        ApproveOriginalForm,
        _("Approve the original only"),
        _("Revoke only the original, and let its reissues live?"),
        _(
            "For a compromised key that was replaced: the authority is told at once of the original alone. The "
            "reissues have keys of their own and are in use again. A revocation cannot be undone."
        ),
        _("Request %(number)s is approved for the original only. The authority is being told."),
        grave=True,
        spares=True,
    ),
    Decision(
        "approve_first",
        deciding.approve_first,
        ApproveForm,
        _("Approve (first of two)"),
        _("Approve the revocation as the first of two?"),
        _("The authority is not told yet: another reviewer must approve as well. A revocation cannot be undone."),
        _("You approved request %(number)s. Somebody else must approve it as well."),
        key="a",
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
        key="h",
    ),
    Decision(
        "reject",
        deciding.reject,
        partial(WhyForm, ask=_("Why is it rejected?")),
        _("Reject"),
        _("Reject the request?"),
        _("The request ends. The certificate is in use again, and the customer may file a new request."),
        _("Request %(number)s is rejected."),
        key="r",
    ),
    Decision(
        "vouch",
        deciding.vouch,
        partial(WhyForm, ask=_("What evidence do you have that this request is justified?"), help_text=FOR_STAFF),
        _("Vouch for it"),
        _("Vouch for this assisted request?"),
        _("You take the case on and justify it. From then on you have a part in it: another must decide."),
        _("You vouched for request %(number)s. Someone else decides on it now."),
        key="v",
    ),
    Decision(
        "take_over",
        taking.take_over,
        partial(WhyForm, ask=_("Why do you take it over?"), help_text=FOR_STAFF, judges=False),
        _("Take over"),
        _("Take the case over?"),
        _("Somebody else is on this case. They are told when they try to decide."),
        _("You are on request %(number)s now."),
        key="o",
        holder=False,
        stays=True,
    ),
)
BY_VERB = {decision.verb: decision for decision in DECISIONS}


def available(request: RevocationRequest, actor: Actor, at: datetime) -> list[Decision]:
    """The decisions that the state allows and that this person may take, now: while somebody else is on the case,
    only those that are meant for that."""
    for_me = not request.is_taken_from(actor, at)
    return [d for d in possible(request) if d.holder is for_me and possible_for(request, d.verb, actor)]


def possible(request: RevocationRequest) -> list[Decision]:
    """The decisions that the state allows, whoever takes them."""
    return [decision for decision in DECISIONS if can_proceed(getattr(request, decision.verb))]


def is_left_to_others(request: RevocationRequest, actor: Actor) -> bool:
    """R3: a reviewer who would decide, but has a part in the request."""
    return actor.may(DECIDE) and bool(possible(request)) and takes_part(request, actor)


def possible_for(request: RevocationRequest, verb: str, actor: Actor) -> bool:
    """Does the state allow the verb, and may this person?"""
    method = getattr(request, verb)
    return can_proceed(method) and bool(has_transition_perm(method, actor))  # type: ignore[arg-type]
