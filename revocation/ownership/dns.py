"""The check for the DNS record that proves a name, from every perspective (rules O1, O6, O7, threats 17 and 18)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from revocation.outbound import network
from revocation.outbound.dns.dnssec import Security
from revocation.outbound.dns.resolver import Answer, DnsView, RecordKind
from revocation.ownership.challenge import DEFAULT_LABEL, expected_cname, record_name
from revocation.ownership.diagnosis import doctor
from revocation.ownership.outcome import Outcome
from revocation.ownership.perspectives import Perspective, Views, one_view
from revocation.ownership.quorum import corroborated, failures_allowed
from revocation.ownership.search import Search
from revocation.ownership.sight import Role, Sight


def check_dns(
    name: str, value: str, view: DnsView | Views, label: str = DEFAULT_LABEL, record: str = "TXT", zone: str = ""
) -> Outcome:
    """Do what `look_by_dns` does, for synchronous callers. A plain view is a single perspective."""
    views = view if isinstance(view, Views) else one_view(view)
    return network.run(look_by_dns(name, value, views, label, record, zone))


async def look_by_dns(
    name: str,
    value: str,
    views: Views,
    label: str = DEFAULT_LABEL,
    record: str = "TXT",
    zone: str = "",
    before: Mapping[str, Any] | None = None,
) -> Outcome:
    """Check whether the record that proves `name` holds `value`, and if not, why.

    `record` is TXT, or CNAME for brands that ask for it: the alias then points to the value under `zone`. One of
    several TXT records is enough, and aliases are followed, as certificate authorities do. `before`: the outcome of an
    earlier check. Its diagnosis is used again if the perspectives see the same as then.
    """
    kind = RecordKind(record.upper())
    expected = expected_cname(value, zone) if kind is RecordKind.CNAME else value
    search = Search(name, record_name(name, label), kind, expected, value, zone, label, views)
    answers = await network.together(each.view.ask(search.where, kind) for each in views.all)
    sights = _sights(search, views.all, answers)
    if sights[0].proves:
        return await _judged(search, answers[0], sights)
    if before and _unchanged(sights, before):
        return _again(search, before, sights)
    return await doctor.diagnosis(search, answers[0], sights)


def _sights(search: Search, perspectives: Sequence[Perspective], answers: Sequence[Answer]) -> tuple[Sight, ...]:
    roles = [Role.PRIMARY, *[Role.REMOTE] * (len(perspectives) - 1)]
    return tuple(
        search.sight(role, perspective.name, answer)
        for role, perspective, answer in zip(roles, perspectives, answers, strict=True)
    )


async def _judged(search: Search, answer: Answer, sights: tuple[Sight, ...]) -> Outcome:
    """Decide on a proof that the primary perspective sees: enough others must see it, and its signatures must hold."""
    remotes = sights[1:]
    if not corroborated(sights[0].proves, [sight.proves for sight in remotes]):
        missing = ", ".join(sight.where for sight in remotes if not sight.proves)
        filling = {"missing": missing, "allowed": failures_allowed(len(remotes))}
        servers = (await search.servers()).sights
        return search.outcome("perspectives_disagree", answer, filling, sights=(*sights, *servers))
    validator = search.views.validator
    sights = (*sights, *(await search.servers()).sights)
    if validator is None:
        return search.outcome("proven", answer, sights=sights)
    validation = await validator.validate(search.where, search.kind)
    if validation.security is Security.BOGUS:
        return search.outcome("dnssec_bogus", answer, {"why": validation.why}, sights=sights, dnssec="bogus")
    return search.outcome("proven", answer, sights=sights, dnssec=str(validation.security))


def _unchanged(sights: Sequence[Sight], before: Mapping[str, Any]) -> bool:
    """Whether the perspectives saw the same at the earlier check."""
    seen = [(sight.where, str(sight.status), list(sight.records)) for sight in sights]
    earlier = [
        (sight["where"], sight["status"], sight["records"])
        for sight in before.get("sights", ())
        if sight["role"] in (Role.PRIMARY, Role.REMOTE)
    ]
    return seen == earlier


def _again(search: Search, before: Mapping[str, Any], sights: tuple[Sight, ...]) -> Outcome:
    also = tuple((one["code"], one["params"]) for one in before.get("also", ()))
    servers = tuple(Sight(**sight) for sight in before.get("sights", ()) if sight["role"] == Role.SERVER)
    return Outcome(
        False,
        before["code"],
        search.expected,
        search.where,
        tuple(before["found"]),
        dict(before["params"]),
        (*sights, *servers),
        also,
    )
