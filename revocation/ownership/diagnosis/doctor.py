"""The diagnosis of a DNS proof that is not seen: the usual mistakes, each recognised by a rule (O7)."""

from __future__ import annotations

import asyncio
import difflib
import re
import secrets
import unicodedata
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from revocation.outbound.dns.dnssec import Security
from revocation.outbound.dns.resolver import Answer, RecordKind, Status
from revocation.ownership.outcome import Outcome
from revocation.ownership.search import Search, Witnesses
from revocation.ownership.sight import Sight
from revocation.pki.names import base_name, registrable_domain

FAILURES = {
    Status.SERVFAIL: "dns_servfail",
    Status.REFUSED: "dns_refused",
    Status.TIMED_OUT: "dns_no_reply",
    Status.MALFORMED: "dns_malformed",
    Status.WITHOUT_TCP: "dns_without_tcp",
    Status.CHAIN_TOO_LONG: "cname_chain_too_long",
}
"""Codes for look-ups that say nothing about the record."""

LIKENESS = 0.8
"""How similar to the value a text must be to count as almost right (difflib's ratio)."""

A_VALUE = re.compile(r"[0-9a-f]{40}", re.ASCII)
WRONG_LABELS = ("dnsauth", "_acme-challenge", "_pki-validation")
"""Labels before the name where people put the record by mistake."""


@dataclass(frozen=True)
class Mistake:
    """A recognised mistake: its code and what its sentence needs. `again_in`: seconds after which it may be gone."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    again_in: int = 0


@dataclass(frozen=True)
class Case:
    """What the rules look at: the search, and the answers of the primary perspective and of the zone's servers."""

    search: Search
    answer: Answer
    witnesses: Witnesses

    @property
    def servers(self) -> tuple[Sight, ...]:
        return self.witnesses.sights

    @property
    def zone(self) -> str:
        return self.witnesses.zone

    def named(self, servers: Sequence[Sight]) -> dict[str, Any]:
        return {"zone": self.zone, "servers": ", ".join(sight.where for sight in servers)}


Rule = Callable[[Case], Awaitable[Mistake | None]]


async def diagnosis(search: Search, answer: Answer, sights: tuple[Sight, ...]) -> Outcome:
    """Return the outcome of a search that found no proof: the most telling mistake first, the others in `also`."""
    case = Case(search, answer, await search.servers(answer.zone))
    first, *others = [*await _mistakes(case), _otherwise(answer)]
    others = [*others[:-1], *await _in_turn(case, ABOUT_SERVERS)]
    also = tuple((other.code, {"name": search.name, "kind": str(search.kind)} | other.params) for other in others)
    return search.outcome(
        first.code, answer, first.params, sights=(*sights, *case.servers), also=also, again_in=first.again_in
    )


async def _mistakes(case: Case) -> list[Mistake]:
    """Return the mistakes that the rules recognise, the most telling first."""
    if case.answer.status in FAILURES:
        return await _in_turn(case, (_bogus,))
    found = await _in_turn(case, ABOUT_CACHES)
    if case.answer.records:
        return found + await _together(case, WHEN_FOUND)
    found += await _in_turn(case, WHEN_MISSING)
    exists = await _has_names(case.search.ask(base_name(case.search.name), case.search.kind))
    return found + await (_together if exists else _in_turn)(case, WHERE_ELSE)


async def _together(case: Case, rules: Sequence[Rule]) -> list[Mistake]:
    """Apply rules that make look-ups, all at the same time."""
    return [mistake for mistake in await asyncio.gather(*(rule(case) for rule in rules)) if mistake]


async def _in_turn(case: Case, rules: Sequence[Rule]) -> list[Mistake]:
    """Apply rules that make hardly any look-ups, one after another: a task for each would cost more than the rule."""
    return [mistake for rule in rules if (mistake := await rule(case))]


def _otherwise(answer: Answer) -> Mistake:
    return Mistake(FAILURES.get(answer.status, "record_differs" if answer.records else "record_missing"))


# -- The record is there ----------------------------------------------------------


async def _quoted(case: Case) -> Mistake | None:
    quoted = {f"{mark}{case.search.value}{mark}" for mark in "\"'“”„’"}
    return Mistake("record_quoted") if quoted & set(case.answer.records) else None


async def _other_case(case: Case) -> Mistake | None:
    same = any(found.lower() == case.search.value for found in case.answer.records)
    return Mistake("record_other_case") if same else None


async def _has_more(case: Case) -> Mistake | None:
    fits = any(case.search.value in found.lower() for found in case.answer.records)
    return Mistake("record_has_more") if fits else None


async def _almost(case: Case) -> Mistake | None:
    if case.search.kind is not RecordKind.TXT:
        return None
    return Mistake("record_almost") if any(alike(found, case.search.value) for found in case.answer.records) else None


async def _target_doubled(case: Case) -> Mistake | None:
    domain = registrable_domain(base_name(case.search.name))
    start = f"{case.search.expected}."
    doubled = any(found.lower().startswith(start) for found in case.answer.records)
    return Mistake("cname_target_doubled") if case.search.kind is RecordKind.CNAME and domain and doubled else None


async def _wildcard(case: Case) -> Mistake | None:
    """Recognise a wildcard record: an invented name gets the same answer."""
    parent = case.search.where.partition(".")[2]
    invented = await case.search.ask(f"_{secrets.token_hex(8)}.{parent}", case.search.kind)
    same = invented.records and set(invented.records) == set(case.answer.records)
    return Mistake("wildcard_answers") if same else None


async def _cname_beside(case: Case) -> Mistake | None:
    if case.search.kind is RecordKind.CNAME or case.answer.cnames:
        return None
    beside = await case.search.ask(case.search.where, RecordKind.CNAME)
    return Mistake("cname_beside_record") if beside.records else None


async def _other_request(case: Case) -> Mistake | None:
    old = any(A_VALUE.fullmatch(found) for found in case.answer.records)
    return Mistake("record_of_other_request") if old else None


# -- The record is not there ------------------------------------------------------


async def _other_kind(case: Case) -> Mistake | None:
    """Recognise the value in a CNAME although a TXT is wanted, or the reverse."""
    search = case.search
    if search.kind is RecordKind.TXT:
        other, held = RecordKind.CNAME, case.answer.cnames
    else:
        other = RecordKind.TXT
        held = (await search.ask(search.where, other)).records
    fits = any(search.value in found.lower() for found in held)
    return Mistake("record_of_other_kind", {"other_kind": str(other)}) if fits else None


async def _leads_nowhere(case: Case) -> Mistake | None:
    return Mistake("cname_leads_nowhere", {"other": case.answer.cnames[-1]}) if case.answer.cnames else None


async def _no_domain(case: Case) -> Mistake | None:
    domain = registrable_domain(base_name(case.search.name))
    if case.answer.status is not Status.NXDOMAIN or not domain or is_below(case.answer.zone, domain):
        return None
    if (await case.search.ask_around(domain, RecordKind.A)).status is not Status.NXDOMAIN:
        return None
    gone = (await case.search.ask(domain, RecordKind.A)).status is Status.NXDOMAIN
    return Mistake("domain_does_not_exist", {"domain": domain}) if gone else None


async def _doubled(case: Case) -> Mistake | None:
    """Recognise a record whose name has the domain, or the whole name, added once more."""
    search, base = case.search, base_name(case.search.name)
    domain = registrable_domain(base)
    tails = [domain] if domain and await _has_names(search.ask_around(f"{domain}.{domain}", search.kind)) else []
    if base != domain and await _has_names(search.ask(base, search.kind)):
        tails.append(base)
    return await _misplaced(case, [f"{search.where}.{tail}" for tail in tails], "record_name_doubled")


async def _at_name_itself(case: Case) -> Mistake | None:
    return await _misplaced(case, [base_name(case.search.name)], "record_at_name_itself")


async def _wrong_label(case: Case) -> Mistake | None:
    base = base_name(case.search.name)
    if not await _has_names(case.search.ask(base, case.search.kind)):
        return None
    others = [f"{label}.{base}" for label in WRONG_LABELS if label != case.search.label]
    return await _misplaced(case, [other for other in others if other != case.search.where], "record_at_wrong_label")


async def _at_parent(case: Case) -> Mistake | None:
    """Recognise a record at the place of the domain, although the name under it has a place of its own."""
    domain, base = registrable_domain(base_name(case.search.name)), base_name(case.search.name)
    if not domain or domain == base:
        return None
    other = f"{case.search.label}.{domain}"
    if not case.search.proves(await case.search.ask_around(other, case.search.kind)):
        return None
    return await _misplaced(case, [other], "record_at_parent")


async def _has_names(asked: Awaitable[Answer]) -> bool:
    """Whether there can be names under the name that was asked about. There are none under a missing one (RFC 8020)."""
    return (await asked).status is not Status.NXDOMAIN


async def _misplaced(case: Case, others: Sequence[str], code: str) -> Mistake | None:
    if not others:
        return None
    there = await asyncio.gather(*(case.search.is_at(other) for other in others))
    other = next((other for other, found in zip(others, there, strict=True) if found), None)
    return Mistake(code, {"other": other}) if other else None


# -- The servers -------------------------------------------------------------------


async def _cached(case: Case) -> Mistake | None:
    """Recognise an old answer in a cache: all servers that answer already have the value."""
    answering = [sight for sight in case.servers if not sight.note]
    if answering and all(sight.proves for sight in answering):
        params = {"ttl": case.answer.ttl, "zone": case.zone}
        return Mistake("old_value_cached", params, again_in=case.answer.ttl + 1)
    return None


async def _disagree(case: Case) -> Mistake | None:
    behind = [sight for sight in case.servers if not sight.note and not sight.proves]
    ahead = any(sight.proves for sight in case.servers)
    return Mistake("servers_disagree", case.named(behind)) if ahead and behind else None


async def _named_otherwise(case: Case) -> Mistake | None:
    """Recognise that the registry and the zone itself name different servers. Resolvers start at the registry's."""
    own, given = case.witnesses.own, case.witnesses.given
    if not own or not given or set(own) == set(given):
        return None
    return Mistake("delegation_differs", {"zone": case.zone, "own": ", ".join(own), "given": ", ".join(given)})


def _with_note(note: str, code: str) -> Rule:
    async def rule(case: Case) -> Mistake | None:
        noted = [sight for sight in case.servers if sight.note == note]
        return Mistake(code, case.named(noted)) if noted else None

    return rule


async def _bogus(case: Case) -> Mistake | None:
    """Recognise broken signatures, for which resolvers that validate answer SERVFAIL."""
    validator = case.search.views.validator
    if validator is None or case.answer.status is not Status.SERVFAIL:
        return None
    validation = await validator.validate(case.search.where, case.search.kind)
    bogus = validation.security is Security.BOGUS
    return Mistake("dnssec_bogus", {"why": validation.why}) if bogus else None


def is_below(name: str, domain: str) -> bool:
    """Whether `name` is `domain` or a name under it."""
    return f".{name}".endswith(f".{domain}")


def alike(found: str, value: str) -> bool:
    """Whether `found` is `value` with a few characters lost, added or taken from another alphabet."""
    plain = unicodedata.normalize("NFKC", found).strip().lower().translate(LOOKALIKES)
    if not 0.5 < len(plain) / len(value) < 1.5:
        return False
    return plain == value or difflib.SequenceMatcher(None, plain, value, autojunk=False).ratio() > LIKENESS


LOOKALIKES = str.maketrans({"а": "a", "ɑ": "a", "е": "e", "с": "c", "ԁ": "d", "о": "0", "o": "0", "l": "1", "і": "1"})
"""Letters of any alphabet that look like hexadecimal digits -> the digits."""


def first_of(*rules: Rule) -> Rule:
    """Combine rules, of which each says more than the later ones: the first mistake found is enough."""

    async def rule(case: Case) -> Mistake | None:
        for each in rules:
            if mistake := await each(case):
                return mistake
        return None

    return rule


ABOUT_CACHES: tuple[Rule, ...] = (_cached, _disagree)
WHEN_FOUND: tuple[Rule, ...] = (
    first_of(_quoted, _other_case, _target_doubled, _has_more, _almost),
    _cname_beside,
    _wildcard,
    _other_request,
)
WHEN_MISSING: tuple[Rule, ...] = (first_of(_other_kind, _leads_nowhere), _no_domain)
WHERE_ELSE: tuple[Rule, ...] = (_doubled, _at_name_itself, _wrong_label, _at_parent)
"""Where else the record may be. Nothing is below a name that does not exist (RFC 8020)."""

ABOUT_SERVERS: tuple[Rule, ...] = (
    _with_note("not_public", "server_not_public"),
    _with_note("lame", "server_lame"),
    _with_note("silent", "server_silent"),
    _with_note("failing", "server_failing"),
    _with_note("no_address", "server_without_address"),
    _named_otherwise,
)
