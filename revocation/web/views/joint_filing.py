"""Requests for several certificates at once: their routes, the refusals, one reason, and the progress of the whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from revocation import joining
from revocation.models import Certificate, JointFiling, Letter, RequestState, RevocationRequest, Route
from revocation.reasons import Reason
from revocation.services.core import clock
from revocation.services.requests import eligibility
from revocation.services.requests import joint_filing as joint_filing
from revocation.services.requests.eligibility import Eligibility
from revocation.services.requests.joint_filing import MOST, Together, TogetherRefused
from revocation.web.forms.requests import ReasonForm
from revocation.web.guards.access import actor, own_customers, viewer
from revocation.web.guards.kept_input import keeps_what_was_typed, typed_before_the_login
from revocation.web.guards.limits import limited
from revocation.web.guards.paging import read_ids
from revocation.web.guards.step_up import ask_again_before
from revocation.web.presenters.progress import ROUTE_WORDS
from revocation.web.presenters.todo import NEXT_ACT, next_act


@dataclass
class Group:
    """Certificates of one organisation that take the same route."""

    customer: str
    route: Route
    answers: list[Eligibility] = field(default_factory=list)

    @property
    def certificates(self) -> list[Certificate]:
        return [answer.certificate for answer in self.answers]

    @property
    def needs_letter(self) -> bool:
        return any(answer.asks_for_letter for answer in self.answers)

    @property
    def affected(self) -> list[Any]:
        """The reissues that are revoked along with them (N2)."""
        return [other for answer in self.answers for other in answer.affected]

    @property
    def words(self) -> Any:
        return ROUTE_WORDS[self.route]

    @property
    def address(self) -> str:
        """The query that selects these alone."""
        return "&".join(f"id={certificate.pk}" for certificate in self.certificates)


@dataclass(frozen=True)
class Choice:
    """The selected certificates, by what is possible. `deployed`: those that only key compromise lets through (M7)."""

    groups: list[Group]
    deployed: list[Eligibility]
    refused: list[Eligibility]

    @property
    def certificates(self) -> list[Certificate]:
        return [c for group in self.groups for c in group.certificates] + [a.certificate for a in self.deployed]

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons that all of them may take."""
        return eligibility.common_reasons(self.certificates)

    @property
    def route(self) -> Route:
        """A route that asks for a reason, if any does, else F3. It decides whether a reason is needed (F5)."""
        asking = (group.route for group in self.groups for answer in group.answers if answer.asks_for_reason)
        return next(asking, Route.F3)


def choose(certificates: list[Certificate], at: datetime) -> Choice:
    """Sort the certificates into routes and refusals. The queries do not grow with their number."""
    groups: dict[tuple[int, Route], Group] = {}
    choice = Choice([], [], [])
    for certificate, answer in zip(certificates, eligibility.check_jointly(certificates, at=at).values(), strict=True):
        if answer.blocking:
            choice.refused.append(answer)
        elif answer.narrowing:
            choice.deployed.append(answer)
        else:
            group = Group(str(certificate.customer), answer.route)
            groups.setdefault((certificate.customer_id, answer.route), group).answers.append(answer)
    choice.groups.extend(groups[key] for key in sorted(groups))
    return choice


@keeps_what_was_typed
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
        initial=typed_before_the_login(request) if request.method != "POST" else {},
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
    """Begin a joint filing for each organisation, and lead on to the first, which shows the others."""
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
            messages.error(request, joining.labelled(each.certificate.label, joining.sentences(each.sentences)))


def own_joint(request: HttpRequest, pk: int) -> JointFiling:
    return get_object_or_404(JointFiling, pk=pk, customer__in=own_customers(request))


@login_required
@require_safe
def joint(request: HttpRequest, pk: int) -> HttpResponse:
    filing, now = own_joint(request, pk), timezone.now()
    cases = list(filing.requests.select_related("certificate__brand", "certificate__customer").order_by("route", "pk"))
    lettered = _with_letter(cases)
    rows = [_row(case, case.pk in lettered) for case in cases]
    drafts = [row for row in rows if row["case"].is_draft]
    answers = eligibility.check([row["case"].certificate for row in drafts], at=now).values()
    others = JointFiling.objects.filter(filed_by=filing.filed_by, filed_at=filing.filed_at).exclude(pk=pk)
    context = {
        "joint": filing,
        "rows": rows,
        "drafts": drafts,
        "ready": [row for row in drafts if not row["missing"]],
        "moving": any(row["case"].is_open and not row["case"].is_with_customer for row in rows),
        "done": sum(not row["case"].is_open for row in rows),
        "affected": [other for answer in answers for other in answer.affected],
        "others": others.filter(customer__in=own_customers(request)),
        "now": now,
    }
    return render(request, "revocation/joint.html", context)


def _with_letter(cases: list[RevocationRequest]) -> set[int]:
    current = Letter.objects.filter(request__in=[c.pk for c in cases], superseded_at__isnull=True)
    return set(current.values_list("request", flat=True))


def _row(case: RevocationRequest, has_letter: bool) -> dict[str, Any]:
    sentence, button, page = NEXT_ACT[next_act(case, has_letter=has_letter)] if case.is_with_customer else ("", "", "")
    missing = case.missing_with(has_letter=has_letter) if case.is_draft else ()
    return {"case": case, "sentence": sentence, "button": button, "page": page, "missing": missing}


@login_required
@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    ask_again_before(request, *own_joint(request, pk).requests.filter(state=RequestState.DRAFT))
    results = joint_filing.submit_together(pk, by=actor(request), at=clock.now())
    done = sum(not result.problem for result in results)
    if done:
        said = ngettext("%(number)s request is submitted.", "%(number)s requests are submitted.", done)
        messages.success(request, said % {"number": done})
    for result in results:
        if result.problem:
            messages.error(request, joining.labelled(result.request.number, result.problem))
    return redirect("joint", pk)
