"""Validation of DNSSEC (RFC 4035 section 5). A resolver's claim that it has validated (the AD bit) proves nothing.

The chain goes from a trust anchor down, zone by zone: the parent's DS names the child's key, and the child's key signs
its records. If the parent proves that there is no DS, the child is unsigned and accepted as it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from revocation.outbound.dns.anchors import ROOT_ANCHORS, read_anchors
from revocation.outbound.dns.denial import proves_unsigned
from revocation.outbound.dns.resolver import MAX_CNAMES, Budget, DnsView, Unanswered
from revocation.outbound.dns.signatures import (
    Bogus,
    Keys,
    made_from,
    proofs,
    signatures_of,
    signer_of,
    verify,
    verify_answer,
)

SECONDS = 8.0
"""For one validation, however long the chain."""

MAX_KEYS = 24
"""Bound on the work that a zone may cause (CVE-2023-50387)."""

MAX_DEPTH = 12
REMEMBERED = 2000
REMEMBERED_SECONDS = 120.0

DNSKEY, DS, SOA, CNAME = (dns.rdatatype.from_text(kind) for kind in ("DNSKEY", "DS", "SOA", "CNAME"))


class Security(StrEnum):
    """How far an answer can be trusted (RFC 4035 section 4.3)."""

    SECURE = "secure"  # an unbroken chain from a trust anchor
    INSECURE = "insecure"  # proven to be unsigned, or no trust anchor is above it
    INDETERMINATE = "indeterminate"  # the chain could not be fetched through this view
    BOGUS = "bogus"  # signatures that should be right are wrong or missing


@dataclass(frozen=True)
class Validation:
    """The result of a validation. `why`: zone and reason of a bogus answer, or why it is indeterminate."""

    security: Security
    why: str = ""


@dataclass(frozen=True)
class ZoneTrust:
    """How far a zone can be trusted. `keys`: those that sign the records of a secure zone, else None."""

    security: Security
    keys: Keys | None = None
    why: str = ""


class Validator:
    """A validator of what `view` answers, for use on the network's loop.

    `anchors`: `zone DS …` each, as in a zone file. The trust in a zone is remembered for REMEMBERED_SECONDS.
    """

    def __init__(self, view: DnsView, anchors: Iterable[str] = ROOT_ANCHORS) -> None:
        self._view = view
        self._anchors = read_anchors(anchors)
        self._known: dict[dns.name.Name, tuple[float, ZoneTrust]] = {}

    async def validate(self, name: str, rdtype: str) -> Validation:
        """Validate the records of this name and type, and the aliases that lead to them."""
        walk = _Walk(self._view, Budget(SECONDS))
        try:
            owner = dns.name.from_text(name)
            return await self._followed(walk, owner, dns.rdatatype.from_text(rdtype))
        except (Bogus, dns.exception.DNSException) as broken:
            return Validation(Security.BOGUS, str(broken))
        except Unanswered as unanswered:
            return Validation(Security.INDETERMINATE, str(unanswered.status))

    async def _followed(self, walk: _Walk, owner: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> Validation:
        worst = Security.SECURE
        for _ in range(MAX_CNAMES + 1):
            reply = await walk.ask(owner, rdtype)
            found = reply.get_rrset(reply.answer, owner, dns.rdataclass.IN, rdtype)
            alias = reply.get_rrset(reply.answer, owner, dns.rdataclass.IN, CNAME)
            rrset = found or alias
            if rrset is None:
                return Validation(Security.INDETERMINATE, "no records")
            worst = _weaker(worst, await self._records(walk, reply, made_from(reply, rrset) or rrset))
            if found is not None or alias is None:
                return Validation(worst)
            owner = alias[0].target
        raise Bogus(f"{owner}: too many aliases")

    async def _records(self, walk: _Walk, reply: dns.message.Message, rrset: dns.rrset.RRset) -> Security:
        """Validate one set of records of an answer. Raises Bogus."""
        signatures = signatures_of(rrset, reply.answer)
        if signatures is None:
            zone = await walk.zone_of(rrset.name)
            trust = await self._trust(walk, zone)
            if trust.security is Security.SECURE:
                raise Bogus(f"{rrset.name}: the zone {zone} is signed, but these records are not")
            return trust.security
        signer = signer_of(signatures, rrset.name)
        trust = await self._trust(walk, signer)
        keys = trust.keys or await walk.keys(signer)
        sure = verify_answer(reply, rrset, signatures, keys)  # a zone's own keys must fit even without a chain
        return trust.security if sure else _weaker(trust.security, Security.INSECURE)

    async def _trust(self, walk: _Walk, zone: dns.name.Name) -> ZoneTrust:
        known = self._known.get(zone)
        if known and known[0] > time.monotonic():
            trust = known[1]
        else:
            trust = await self._found_trust(walk, zone)
            self._remember(zone, trust)
        if trust.security is Security.BOGUS:
            raise Bogus(trust.why)
        return trust

    async def _found_trust(self, walk: _Walk, zone: dns.name.Name) -> ZoneTrust:
        try:
            anchor = self._anchors.get(zone)
            if anchor is not None:
                return await self._anchored(walk, zone, anchor)
            above = max((name for name in self._anchors if zone.is_subdomain(name)), key=len, default=None)
            if above is None:
                return ZoneTrust(Security.INSECURE)
            if (await self._trust(walk, above)).keys is None:
                return ZoneTrust(Security.INDETERMINATE)
            return await self._delegated(walk.deeper(), zone)
        except Bogus as broken:
            return ZoneTrust(Security.BOGUS, why=str(broken))
        except dns.exception.DNSException as broken:
            return ZoneTrust(Security.BOGUS, why=f"{zone}: {broken}")

    async def _anchored(self, walk: _Walk, zone: dns.name.Name, anchor: dns.rrset.RRset) -> ZoneTrust:
        try:
            reply = await walk.ask(zone, DNSKEY)
        except Unanswered:
            return ZoneTrust(Security.INDETERMINATE)
        keys = reply.get_rrset(reply.answer, zone, dns.rdataclass.IN, DNSKEY)
        if keys is None:
            return ZoneTrust(Security.INDETERMINATE)
        return ZoneTrust(Security.SECURE, _entry(zone, keys, reply, anchor))

    async def _delegated(self, walk: _Walk, zone: dns.name.Name) -> ZoneTrust:
        """Return the trust in `zone` by what its parent says about it. Raises Bogus and Unanswered."""
        reply = await walk.ask(zone, DS)
        named = reply.get_rrset(reply.answer, zone, dns.rdataclass.IN, DS)
        if named is None:
            return await self._undelegated(walk, zone, reply)
        signatures = signatures_of(named, reply.answer)
        parent = signer_of(signatures, zone) if signatures else await walk.zone_of(zone.parent())
        trust = await self._trust(walk, _above(parent, zone))
        if trust.keys is None:
            return ZoneTrust(trust.security)
        if signatures is None:
            raise Bogus(f"{zone}: its DS records are not signed")
        verify(named, signatures, trust.keys)
        if not any(_supported(ds) for ds in named):
            return ZoneTrust(Security.INSECURE)  # RFC 4035 section 5.2
        answer = await walk.ask(zone, DNSKEY)
        keys = answer.get_rrset(answer.answer, zone, dns.rdataclass.IN, DNSKEY)
        if keys is None:
            raise Bogus(f"{zone}: it has DS records, but no keys")
        return ZoneTrust(Security.SECURE, _entry(zone, keys, answer, named))

    async def _undelegated(self, walk: _Walk, zone: dns.name.Name, reply: dns.message.Message) -> ZoneTrust:
        """Return the trust in a zone without DS. A signed parent must prove that there is none. Raises Bogus."""
        soa = next((rrset for rrset in reply.authority if rrset.rdtype == SOA), None)
        parent = soa.name if soa is not None else await walk.zone_of(zone.parent())
        trust = await self._trust(walk, _above(parent, zone))
        if trust.keys is None:
            return ZoneTrust(trust.security)
        if not any(proves_unsigned(zone, parent, rrset) for rrset in proofs(parent, reply, trust.keys)):
            raise Bogus(f"{zone}: {parent} does not prove that the zone is unsigned")
        return ZoneTrust(Security.INSECURE)

    def _remember(self, zone: dns.name.Name, trust: ZoneTrust) -> None:
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[zone] = (time.monotonic() + REMEMBERED_SECONDS, trust)


class _Walk:
    """The queries of one validation, limited in time and depth."""

    def __init__(self, view: DnsView, budget: Budget, depth: int = 0) -> None:
        self._view, self._budget, self._depth = view, budget, depth

    def deeper(self) -> _Walk:
        if self._depth >= MAX_DEPTH:
            raise Bogus("the chain of zones is too long")
        return _Walk(self._view, self._budget, self._depth + 1)

    async def ask(self, owner: dns.name.Name, rdtype: dns.rdatatype.RdataType) -> dns.message.Message:
        return await self._view.message(owner, rdtype, self._budget, dnssec=True)

    async def keys(self, zone: dns.name.Name) -> Keys:
        reply = await self.ask(zone, DNSKEY)
        keys = reply.get_rrset(reply.answer, zone, dns.rdataclass.IN, DNSKEY)
        if keys is None:
            raise Bogus(f"{zone}: records are signed, but there are no keys")
        return keys

    async def zone_of(self, owner: dns.name.Name) -> dns.name.Name:
        return await self._view.zone_of(owner, self._budget)


def _above(parent: dns.name.Name, zone: dns.name.Name) -> dns.name.Name:
    if parent == zone or not zone.is_subdomain(parent):
        raise Bogus(f"{zone}: answered by {parent}, which is not its parent")
    return parent


def _entry(zone: dns.name.Name, keys: Keys, reply: dns.message.Message, named: dns.rrset.RRset) -> Keys:
    """Return the zone's keys, after a check that one that `named` (DS) names signed them. Raises Bogus."""
    signatures = signatures_of(keys, reply.answer)
    if signatures is None:
        raise Bogus(f"{zone}: its keys are not signed")
    if len(keys) > MAX_KEYS:
        raise Bogus(f"{zone}: too many keys")
    entry = dns.rrset.RRset(zone, dns.rdataclass.IN, DNSKEY)
    for key in keys:
        if any(_names(ds, zone, key) for ds in named if _supported(ds)):
            entry.add(key)
    if not entry:
        raise Bogus(f"{zone}: none of its keys is the one that its DS records name")
    verify(keys, signatures, entry)
    return keys


def _names(ds: Any, zone: dns.name.Name, key: Any) -> bool:
    if ds.key_tag != dns.dnssec.key_id(key) or ds.algorithm != key.algorithm:
        return False
    made = dns.dnssec.make_ds(zone, key, ds.digest_type, validating=True)
    return bool(made.digest == ds.digest)


SUPPORTED_DIGESTS = frozenset({1, 2, 4})  # RFC 9904: SHA-1 still validates
SUPPORTED_ALGORITHMS = frozenset({5, 7, 8, 10, 13, 14, 15, 16})


def _supported(ds: Any) -> bool:
    return bool(ds.digest_type in SUPPORTED_DIGESTS and ds.algorithm in SUPPORTED_ALGORITHMS)


def _weaker(one: Security, other: Security) -> Security:
    order = (Security.SECURE, Security.INSECURE, Security.INDETERMINATE)
    return max(one, other, key=order.index)
