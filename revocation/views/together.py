"""Several at once: who takes which route, who is refused and why, one reason, and the progress of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from revocation import policy
from revocation.forms import ReasonForm
from revocation.models import Certificate, JointFiling, Letter, RequestState, RevocationRequest, standings
from revocation.pki.facts import Level
from revocation.policy import Doomed, Refusal, Route, RouteNeeds
from revocation.reasons import Reason, offered_to_customers
from revocation.services import clock
from revocation.services import together as joint_filing
from revocation.services.filing import explain
from revocation.services.together import MOST, Together, TogetherRefused
from revocation.views.access import actor, own_customers, viewer
from revocation.views.limits import limited
from revocation.views.paging import read_ids
from revocation.views.progress import ROUTE_WORDS
from revocation.views.step_up import ask_again_before
from revocation.views.todo import NEXT_ACT, WAITING, next_act


@dataclass
class Group:
    """Certificates of one organisation that take the same route."""

    customer: str
    route: Route
    certificates: list[Certificate] = field(default_factory=list)
    dying: list[Doomed] = field(default_factory=list)

    @property
    def needs(self) -> RouteNeeds:
        return policy.NEEDS[self.route]

    @property
    def words(self) -> Any:
        return ROUTE_WORDS[self.route]

    @property
    def address(self) -> str:
        """The query that chooses these alone."""
        return "&".join(f"id={certificate.pk}" for certificate in self.certificates)


@dataclass(frozen=True)
class Refused:
    certificate: Certificate
    refusal: Refusal
    why: str


@dataclass(frozen=True)
class Choice:
    """`deployed`: those that only a compromised key lets through (M7)."""

    groups: list[Group]
    deployed: list[Refused]
    refused: list[Refused]

    @property
    def certificates(self) -> list[Certificate]:
        return [c for group in self.groups for c in group.certificates] + [r.certificate for r in self.deployed]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What all of them may take."""
        levels = {Level(c.level) for c in self.certificates} or {Level.DV}
        offered = [set(offered_to_customers(level)) for level in levels]
        return tuple(reason for reason in offered_to_customers(Level.EV) if all(reason in each for each in offered))

    @property
    def route(self) -> Route:
        """The one that asks for most decides whether a reason is needed (F5)."""
        return max((group.route for group in self.groups), key=lambda r: policy.NEEDS[r].reason, default=Route.F3)


def choose(certificates: list[Certificate], at: datetime) -> Choice:
    """Every rule for every certificate; the queries do not grow with their number."""
    found = standings(certificates, at=at)
    drafts = RevocationRequest.objects.filter(certificate__in=list(found), state=RequestState.DRAFT)
    drafted = set(drafts.exclude(route=Route.A1).values_list("certificate", flat=True))
    groups: dict[tuple[int, Route], Group] = {}
    choice = Choice([], [], [])
    for certificate in certificates:
        standing = found[certificate.pk]
        if certificate.pk in drafted:
            standing = replace(standing, open_request=None)  # its draft is taken up
        refusals = policy.refusals(standing)
        if refusals:
            others = [refusal for refusal in refusals if refusal.rule != "M7"]
            first = (others or refusals)[0]
            (choice.refused if others else choice.deployed).append(Refused(certificate, first, explain(first)))
            continue
        key = (certificate.customer_id, certificate.route)
        group = groups.setdefault(key, Group(str(certificate.customer), certificate.route))
        group.certificates.append(certificate)
        group.dying += standing.dies_with_it
    choice.groups.extend(groups[key] for key in sorted(groups))
    return choice


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@limited("drafts")
def together(request: HttpRequest) -> HttpResponse:
    ids = read_ids((request.POST if request.method == "POST" else request.GET).getlist("id"))
    own = Certificate.objects.visible_to(viewer(request))
    rows = own.filter(pk__in=ids[:MOST]).select_related("brand", "customer").order_by("customer", "not_after", "pk")
    choice = choose(list(rows), timezone.now())
    form = ReasonForm(
        request.POST if request.method == "POST" else None,
        offered=choice.reasons,
        route=choice.route,
        only_compromise=not choice.groups,
    )
    too_many = len(ids) > MOST
    if form.is_valid() and choice.certificates and not too_many:
        try:
            return _begin(request, choice, form)
        except TogetherRefused as refused:
            form.add_error(None, str(refused))
    context = {"choice": choice, "form": form, "chosen": len(ids), "most": MOST, "too_many": too_many}
    return render(request, "revocation/together.html", context, status=422 if form.is_bound else 200)


def _begin(request: HttpRequest, choice: Choice, form: ReasonForm) -> HttpResponse:
    """A joint filing for each organisation; on to the first, which shows the others."""
    by, at = actor(request), clock.now()
    of_customer: dict[int, list[int]] = {}
    for certificate in choice.certificates:
        of_customer.setdefault(certificate.customer_id, []).append(certificate.pk)
    answers = {key: form.cleaned_data[key] for key in ("reason", "reason_text")}
    begun = [joint_filing.begin_together(ids, by=by, at=at, **answers) for ids in of_customer.values()]
    for answer in begun:
        _say_what_was_refused(request, answer)
    joints = [answer.joint for answer in begun if answer.joint]
    return redirect("joint", joints[0].pk) if joints else redirect("certificates")


def _say_what_was_refused(request: HttpRequest, answer: Together) -> None:
    for each in answer.begun:
        if each.refusals:
            messages.error(request, f"{each.certificate.label}: {' '.join(each.sentences)}")


def own_joint(request: HttpRequest, pk: int) -> JointFiling:
    return get_object_or_404(JointFiling, pk=pk, customer__in=own_customers(request))


@login_required
@require_safe
def joint(request: HttpRequest, pk: int) -> HttpResponse:
    filing, now = own_joint(request, pk), timezone.now()
    cases = list(filing.requests.select_related("certificate__brand", "certificate__customer").order_by("route", "pk"))
    lettered = _with_letter(cases)
    rows = [_row(case, case.pk in lettered) for case in cases]
    drafts = [row for row in rows if row["case"].state == RequestState.DRAFT]
    dying = [d for s in standings([r["case"].certificate for r in drafts], at=now).values() for d in s.dies_with_it]
    others = JointFiling.objects.filter(filed_by=filing.filed_by, filed_at=filing.filed_at).exclude(pk=pk)
    context = {
        "joint": filing,
        "rows": rows,
        "drafts": drafts,
        "ready": [row for row in drafts if not row["missing"]],
        "moving": any(row["case"].is_open and row["case"].state not in WAITING for row in rows),
        "done": sum(not row["case"].is_open for row in rows),
        "dying": dying,
        "others": others.filter(customer__in=own_customers(request)),
        "now": now,
    }
    return render(request, "revocation/joint.html", context)


def _with_letter(cases: list[RevocationRequest]) -> set[int]:
    current = Letter.objects.filter(request__in=[c.pk for c in cases], superseded_at__isnull=True)
    return set(current.values_list("request", flat=True))


def _row(case: RevocationRequest, has_letter: bool) -> dict[str, Any]:
    waits = case.state in WAITING
    sentence, button, page = NEXT_ACT[next_act(case, has_letter=has_letter)] if waits else ("", "", "")
    missing = case.missing_with(has_letter=has_letter) if case.state == RequestState.DRAFT else ()
    return {"case": case, "sentence": sentence, "button": button, "page": page, "missing": missing}


@login_required
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    drafts = own_joint(request, pk).requests.filter(state=RequestState.DRAFT)
    ask_again_before(request, *drafts.values_list("route", flat=True))
    results = joint_filing.submit_together(pk, by=actor(request), at=clock.now())
    done = sum(not result.problem for result in results)
    if done:
        said = ngettext("%(number)s request is submitted.", "%(number)s requests are submitted.", done)
        messages.success(request, said % {"number": done})
    for result in results:
        if result.problem:
            messages.error(request, f"{result.request.number}: {result.problem}")
    return redirect("joint", pk)
