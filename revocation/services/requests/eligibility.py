"""May these certificates be revoked now, by which route, for which reasons, and what is revoked along with each?

Pages, joint filings, the verbs themselves and programs all ask here, and none of them looks at the rules itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from revocation import policy
from revocation.models import Certificate, RequestState, RevocationRequest, eligibility_facts
from revocation.pki.facts import Level
from revocation.reasons import KEY_COMPROMISE, Reason, offered_to_customers


@dataclass(frozen=True)
class RuleAnswer:
    """One rule and what it says: nothing against it, or a refusal."""

    id: str
    title: str | Promise
    refusal: policy.Refusal | None

    @property
    def sentence(self) -> str:
        return str(self.refusal.message) if self.refusal else ""


@dataclass(frozen=True)
class Eligibility:
    """The answer for one certificate at one instant, for a request of its own or an `assisted` one (A1)."""

    certificate: Certificate
    facts: policy.EligibilityFacts
    assisted: bool = False

    @property
    def answers(self) -> tuple[RuleAnswer, ...]:
        """Every rule, in the order in which they are explained."""
        found = policy.answers(self.facts, assisted=self.assisted)
        return tuple(RuleAnswer(rule.id, gettext_lazy(rule.title), refusal) for rule, refusal in found)

    @property
    def refusals(self) -> tuple[policy.Refusal, ...]:
        """Every rule that stands against a request with the reason that was given, if one was."""
        return policy.refusals(self.facts, assisted=self.assisted)

    @property
    def blocking(self) -> tuple[policy.Refusal, ...]:
        """The refusals that no reason lifts."""
        found = self.refusals
        if not found:
            return ()
        lifted = policy.refusals(replace(self.facts, reason=KEY_COMPROMISE), assisted=self.assisted)
        return tuple(refusal for refusal in found if refusal in lifted)

    @property
    def narrowing(self) -> tuple[policy.Refusal, ...]:
        """The refusals that only a compromised key lifts (M7)."""
        return tuple(refusal for refusal in self.refusals if refusal not in self.blocking)

    @property
    def why_not(self) -> str:
        """The first rule that blocks, as a sentence in the reader's language; empty where none does."""
        return next((str(refusal.message) for refusal in self.blocking), "")

    @property
    def why_only_key_compromise(self) -> str:
        """The first rule that narrows the reasons, as a sentence in the reader's language."""
        return next((str(refusal.message) for refusal in self.narrowing), "")

    @property
    def only_key_compromise(self) -> bool:
        return bool(self.narrowing)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What the customer may choose from."""
        offered = reasons_for(self.certificate)
        return tuple(r for r in offered if r.code == KEY_COMPROMISE) if self.only_key_compromise else offered

    @property
    def route(self) -> policy.Route:
        return policy.Route.A1 if self.assisted else self.certificate.route

    @property
    def asks_for_reason(self) -> bool:
        return policy.NEEDS[self.route].reason

    @property
    def asks_for_letter(self) -> bool:
        return policy.NEEDS[self.route].letter is not None

    @property
    def affected(self) -> tuple[policy.Related, ...]:
        """The reissues that are revoked along with it (N2)."""
        return self.facts.affected

    @property
    def may_be_assisted(self) -> bool:
        """May the customer ask for an assisted request, whatever its reason?"""
        return not policy.refusals(self.facts, assisted=True)

    @property
    def likely_situation(self) -> str:
        """The situation (A1) that the rules against self-service point to; empty when none does."""
        against = (refusal.rule for refusal in policy.refusals(self.facts))
        return next((policy.SITUATION_OF_RULE[rule] for rule in against if rule in policy.SITUATION_OF_RULE), "")

    def taking_up_its_request(self) -> Eligibility:
        """Return the answer for the request that is open already: it does not stand against itself."""
        return replace(self, facts=replace(self.facts, open_request=None))


def check(
    certificates: Sequence[Certificate], *, at: datetime, reason: int | None = None, assisted: bool = False
) -> dict[int, Eligibility]:
    """Return the answer for each by its key, at the cost of one. `reason`: the one about to be given for all."""
    found = eligibility_facts(certificates, at=at, reason=reason)
    return {certificate.pk: Eligibility(certificate, found[certificate.pk], assisted) for certificate in certificates}


def check_one(
    certificate: Certificate, *, at: datetime, reason: int | None = None, assisted: bool = False
) -> Eligibility:
    return check([certificate], at=at, reason=reason, assisted=assisted)[certificate.pk]


def check_jointly(
    certificates: Sequence[Certificate], *, at: datetime, reason: int | None = None
) -> dict[int, Eligibility]:
    """Do as `check`, for filing them together. An open draft is taken up, so it stands against nothing."""
    drafted = set(open_drafts(certificates).values_list("certificate", flat=True))
    found = check(certificates, at=at, reason=reason)
    return {pk: answer.taking_up_its_request() if pk in drafted else answer for pk, answer in found.items()}


def open_drafts(certificates: Sequence[Certificate]) -> QuerySet[RevocationRequest]:
    """Return the drafts that another filing takes up.

    An assisted request (A1) is not taken up: it stands against another filing.
    """
    rows: QuerySet[RevocationRequest] = RevocationRequest.objects.filter(
        certificate__in=[c.pk for c in certificates], state=RequestState.DRAFT
    )
    return rows.exclude(route=policy.Route.A1).order_by("pk")


def reasons_for(certificate: Certificate) -> tuple[Reason, ...]:
    """F5: what a customer may give for a certificate of this validation level."""
    return offered_to_customers(Level(certificate.level))


def common_reasons(certificates: Sequence[Certificate]) -> tuple[Reason, ...]:
    """Return the reasons that fit all of them, in the order in which reasons are offered."""
    offered = [set(reasons_for(certificate)) for certificate in certificates] or [set(offered_to_customers(Level.DV))]
    return tuple(reason for reason in offered_to_customers(Level.EV) if all(reason in each for each in offered))
