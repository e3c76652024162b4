"""Looks for the DNS record that proves a name, and names the mistake when it is not there (rules O1, O6,
O7)."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from revocation.outbound import network
from revocation.outbound.dns import Answer, DnsView, RecordKind, Status
from revocation.ownership.challenge import DEFAULT_LABEL, expected_cname, record_name
from revocation.ownership.outcome import Outcome
from revocation.pki.names import base_name, registrable_domain

FAILURES = {
    Status.SERVFAIL: "dns_servfail",
    Status.REFUSED: "dns_refused",
    Status.TIMED_OUT: "dns_no_reply",
    Status.MALFORMED: "dns_malformed",
    Status.CHAIN_TOO_LONG: "cname_chain_too_long",
}
"""Look-ups that say nothing about the record."""


@dataclass(frozen=True)
class Search:
    """One check: this `expected` text in a record of this kind at `where`, through this view."""

    name: str
    where: str
    kind: RecordKind
    expected: str
    value: str
    zone: str
    view: DnsView

    def outcome(self, code: str, answer: Answer, **params: Any) -> Outcome:
        filling = {"name": self.name, "kind": str(self.kind)} | params
        found = answer.records or answer.cnames
        return Outcome(code == "proven", code, self.expected, self.where, found, filling)


@dataclass(frozen=True)
class Mistake:
    """A recognised mistake: its code and what its sentence needs."""

    code: str
    params: dict[str, str]


def check_dns(
    name: str, value: str, view: DnsView, label: str = DEFAULT_LABEL, record: str = "TXT", zone: str = ""
) -> Outcome:
    """`look_by_dns` for synchronous callers."""
    return network.run(look_by_dns(name, value, view, label, record, zone))


async def look_by_dns(
    name: str, value: str, view: DnsView, label: str = DEFAULT_LABEL, record: str = "TXT", zone: str = ""
) -> Outcome:
    """Whether the record that proves `name` holds `value`.

    `record` is TXT, or CNAME for brands that ask for it: the alias then points to the value under `zone`.
    One of several TXT records is enough, and aliases are followed, as certificate authorities do.
    """
    kind = RecordKind(record.upper())
    expected = expected_cname(value, zone) if kind is RecordKind.CNAME else value
    search = Search(name, record_name(name, label), kind, expected, value, zone, view)
    answer = await view.ask(search.where, kind)
    if any(_equal(found, search) for found in answer.records):
        return search.outcome("proven", answer)
    if answer.status in FAILURES:
        return search.outcome(FAILURES[answer.status], answer)
    mistake = await _mistake(search, answer)
    return search.outcome(mistake.code, answer, **mistake.params)


def _equal(found: str, search: Search) -> bool:
    if search.kind is RecordKind.CNAME:  # names compare without regard to case (RFC 4343)
        found = found.lower()
    return hmac.compare_digest(found.encode(), search.expected.encode())


async def _mistake(search: Search, answer: Answer) -> Mistake:
    """The most telling of the recognised mistakes; the last one always fits."""
    rules, otherwise = (WHEN_FOUND, "record_differs") if answer.records else (WHEN_MISSING, "record_missing")
    for rule in rules:
        mistake = await rule(search, answer)
        if mistake:
            return mistake
    return Mistake(otherwise, {})


async def _quoted(search: Search, answer: Answer) -> Mistake | None:
    quoted = {f"{mark}{search.value}{mark}" for mark in "\"'"}
    return Mistake("record_quoted", {}) if quoted & set(answer.records) else None


async def _has_more(search: Search, answer: Answer) -> Mistake | None:
    fits = any(search.value in found.lower() for found in answer.records)
    return Mistake("record_has_more", {}) if fits else None


async def _cname_beside(search: Search, answer: Answer) -> Mistake | None:
    if search.kind is RecordKind.CNAME or answer.cnames:
        return None
    beside = await search.view.ask(search.where, RecordKind.CNAME)
    return Mistake("cname_beside_record", {}) if beside.records else None


async def _other_kind(search: Search, answer: Answer) -> Mistake | None:
    """The value in a CNAME where a TXT is wanted, or the reverse."""
    if search.kind is RecordKind.TXT:
        other, held = RecordKind.CNAME, answer.cnames
    else:
        other = RecordKind.TXT
        held = (await search.view.ask(search.where, other)).records
    fits = any(search.value in found.lower() for found in held)
    return Mistake("record_of_other_kind", {"other_kind": str(other)}) if fits else None


async def _leads_nowhere(search: Search, answer: Answer) -> Mistake | None:
    return Mistake("cname_leads_nowhere", {"other": answer.cnames[-1]}) if answer.cnames else None


async def _doubled(search: Search, answer: Answer) -> Mistake | None:
    domain = registrable_domain(base_name(search.name))
    other = f"{search.where}.{domain}"
    return Mistake("record_name_doubled", {"other": other}) if domain and await _is_at(search, other) else None


async def _at_name_itself(search: Search, answer: Answer) -> Mistake | None:
    other = base_name(search.name)
    return Mistake("record_at_name_itself", {"other": other}) if await _is_at(search, other) else None


async def _no_domain(search: Search, answer: Answer) -> Mistake | None:
    domain = registrable_domain(base_name(search.name))
    if answer.status is not Status.NXDOMAIN or not domain:
        return None
    gone = (await search.view.ask(domain, RecordKind.A)).status is Status.NXDOMAIN
    return Mistake("domain_does_not_exist", {"domain": domain}) if gone else None


async def _is_at(search: Search, other: str) -> bool:
    return any(_equal(found, search) for found in (await search.view.ask(other, search.kind)).records)


Rule = Callable[[Search, Answer], Awaitable[Mistake | None]]

WHEN_FOUND: tuple[Rule, ...] = (_quoted, _has_more, _cname_beside)
WHEN_MISSING: tuple[Rule, ...] = (_other_kind, _leads_nowhere, _no_domain, _doubled, _at_name_itself)
