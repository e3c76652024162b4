"""THE TABLE of what a reviewer can decide: verb -> service, form, label, confirmation (R1, R2, R3, F8, A1).

The request itself says which verbs are possible for whom (`available`). Pages only draw what is in the table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django_fsm import can_proceed, has_transition_perm

from reviews.forms.decisions import FOR_STAFF, ApproveForm, ApproveOriginalForm, DecisionForm, WhyForm
from revocation.models import Actor, RevocationRequest
from revocation.models.request.permissions import DECIDE, takes_part
from revocation.services.review import assignment, decisions

Service = Callable[..., RevocationRequest]


@dataclass(frozen=True)
class Decision:
    """One thing that a reviewer can decide.

    `question`: heading of the confirmation. `consequence`: what follows. `done`: the message afterwards, which takes
    %(number)s. `key`: the key on the keyboard. `grave`: cannot be undone. `holder`: True where the case must not be
    assigned to somebody else, False where it must be. `stays`: the case is shown again afterwards. `spares`: only the
    original is revoked.
    """

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
        decisions.approve,
        ApproveForm,
        _("Approve"),
        _("Approve this revocation?"),
        _("The portal sends the order to the CA at once. A revocation cannot be undone."),
        _("You approved %(number)s. The portal is sending the order to the CA."),
        key="a",
        grave=True,
    ),
    Decision(
        "approve_original",
        decisions.approve_original,
        ApproveOriginalForm,
        _("Approve original only"),
        _("Revoke only the original and keep its reissues?"),
        _(
            "Use this for a compromised key that was replaced. The CA revokes only the original. The reissues "
            "have other keys and stay in use. A revocation cannot be undone."
        ),
        _("You approved %(number)s for the original only. The portal is sending the order to the CA."),
        grave=True,
        spares=True,
    ),
    Decision(
        "approve_first",
        decisions.approve_first,
        ApproveForm,
        _("Approve (first of two)"),
        _("Approve as the first of two reviewers?"),
        _(
            "A second reviewer must also approve before the portal sends the order to the CA. A revocation cannot "
            "be undone."
        ),
        _("You approved %(number)s. A second reviewer must also approve it."),
        key="a",
        grave=True,
    ),
    Decision(
        "hand_back",
        decisions.hand_back,
        partial(WhyForm, ask=_("Correction needed")),
        _("Hand back"),
        _("Hand this request back to the customer?"),
        _(
            "The customer can correct the reason and upload a new letter. We keep the current letter. The "
            "certificate stays locked and the deadline does not change."
        ),
        _("You handed %(number)s back to the customer."),
        key="h",
    ),
    Decision(
        "reject",
        decisions.reject,
        partial(WhyForm, ask=_("Reason for rejection")),
        _("Reject"),
        _("Reject this request?"),
        _("The request ends. The certificate is unlocked, and the customer can file a new request."),
        _("You rejected %(number)s."),
        key="r",
    ),
    Decision(
        "vouch",
        decisions.vouch,
        partial(WhyForm, ask=_("Justification"), help_text=FOR_STAFF),
        _("Vouch for request"),
        _("Vouch for this assisted request?"),
        _("You justify the request. Another reviewer must then decide on it."),
        _("You vouched for %(number)s. Another reviewer now decides on it."),
        key="v",
    ),
    Decision(
        "reassign",
        assignment.reassign,
        partial(WhyForm, ask=_("Reason for reassignment"), help_text=FOR_STAFF, judges=False),
        _("Reassign to me"),
        _("Reassign this request to you?"),
        _("This request is assigned to someone else. They see a message when they try to decide."),
        _("%(number)s is assigned to you."),
        key="o",
        holder=False,
        stays=True,
    ),
)
BY_VERB = {decision.verb: decision for decision in DECISIONS}


def available(request: RevocationRequest, actor: Actor, at: datetime) -> list[Decision]:
    """Return the decisions that the state allows and that this person may take now.

    While the case is assigned to somebody else, only those that are meant for that.
    """
    for_me = not request.is_taken_from(actor, at)
    return [d for d in possible(request) if d.holder is for_me and possible_for(request, d.verb, actor)]


def possible(request: RevocationRequest) -> list[Decision]:
    """The decisions that the state allows, whoever takes them."""
    return [decision for decision in DECISIONS if can_proceed(getattr(request, decision.verb))]


def is_left_to_others(request: RevocationRequest, actor: Actor) -> bool:
    """Return whether R3 keeps a reviewer from a possible decision, because they have a part in the request."""
    return actor.may(DECIDE) and bool(possible(request)) and takes_part(request, actor)


def possible_for(request: RevocationRequest, verb: str, actor: Actor) -> bool:
    """Does the state allow the verb, and may this person?"""
    method = getattr(request, verb)
    return can_proceed(method) and bool(has_transition_perm(method, actor))  # type: ignore[arg-type]
