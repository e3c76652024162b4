"""DNSSEC against a real name server with well and badly signed zones (threat 17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest

from revocation.outbound import network
from revocation.outbound.dns.anchors import ROOT_ANCHORS, read_anchors
from revocation.outbound.dns.dnssec import Security, Validation, Validator
from revocation.outbound.dns.resolver import DnsView
from tests.servers.between import Between
from tests.servers.dns_server import DnsServer
from tests.servers.signed_zones import SignedZone, another_value, without_signature, zone_text
from tests.servers.zone_server import ZoneServer

pytestmark = pytest.mark.process

RECORD = '_dnsauth TXT "value"\nalias CNAME _dnsauth\nout CNAME _dnsauth.plain.test.'


def signed(origin: str, **more: Any) -> SignedZone:
    return SignedZone(origin, RECORD, **more)


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[ZoneServer, str]]:
    """A top zone `test.`, signed, with children of every kind. Yields the server and the top's DS line."""
    good = signed("good.test")
    changed = signed("changed.test", spoil=another_value("_dnsauth.changed.test", "forged"))
    bare = signed("bare.test", spoil=without_signature("_dnsauth.bare.test"))
    expired = signed("expired.test", age=timedelta(days=30))
    wrong_key, named_key = signed("wrongkey.test"), signed("wrongkey.test")
    delegations = ["plain", "good", "changed", "bare", "expired", "wrongkey", "stripped"]
    lines = [f"{name} NS ns1\n" for name in delegations]
    lines += [f"{zone.ds}\n" for zone in (good, changed, bare, expired, named_key)]
    lines += [signed("stripped.test").ds]
    top = SignedZone("test", "".join(lines))
    island = signed("island.example")
    broken_island = signed("brokenisland.example", spoil=another_value("_dnsauth.brokenisland.example", "forged"))
    zones = {zone.origin: zone.text for zone in (top, good, changed, bare, expired, wrong_key, island, broken_island)}
    zones |= {name: zone_text(name, RECORD) for name in ("plain.test", "stripped.test", "plain.example")}
    with ZoneServer(zones) as knot:
        yield knot, top.ds


@pytest.mark.parametrize(
    ("name", "security"),
    [
        ("_dnsauth.good.test", Security.SECURE),
        ("alias.good.test", Security.SECURE),
        ("out.good.test", Security.INSECURE),
        ("_dnsauth.plain.test", Security.INSECURE),
        ("_dnsauth.changed.test", Security.BOGUS),
        ("_dnsauth.bare.test", Security.BOGUS),
        ("_dnsauth.expired.test", Security.BOGUS),
        ("_dnsauth.wrongkey.test", Security.BOGUS),
        ("_dnsauth.stripped.test", Security.BOGUS),
        ("_dnsauth.plain.example", Security.INSECURE),
        ("_dnsauth.island.example", Security.INSECURE),
        ("_dnsauth.brokenisland.example", Security.BOGUS),
    ],
)
def test_T17_each_zone_is_seen_for_what_it_is(world: tuple[ZoneServer, str], name: str, security: Security) -> None:
    knot, anchor = world
    validation = validated(DnsView(knot.nameservers), [anchor], name)
    assert validation.security is security, validation
    assert bool(validation.why) == (security is Security.BOGUS)


@pytest.fixture(scope="module", params=[False, True], ids=["NSEC3", "NSEC3 with opt-out"])
def hashed_world(request: pytest.FixtureRequest) -> Iterator[tuple[ZoneServer, str]]:
    """A top zone `test.` that knot signs with NSEC3. Yields the server and the top's DS line."""
    good, lost = signed("good.test"), signed("stripped.test")
    delegations = ["plain", "good", "stripped", "plain.deep.empty"]
    lines = [
        *(f"{name} NS ns1" for name in delegations),
        good.ds,
        lost.ds,
        "old DNAME good.test.",
        "two DNAME plain.test.",
    ]
    zones = {"test": zone_text("test", "\n".join(lines)), "good.test": good.text}
    zones |= {name: zone_text(name, RECORD) for name in ("plain.test", "stripped.test", "plain.deep.empty.test")}
    with ZoneServer(zones, nsec3={"test": request.param}) as knot:
        yield knot, knot.ds("test")


@pytest.mark.parametrize(
    ("name", "security"),
    [
        ("_dnsauth.good.test", Security.SECURE),
        ("_dnsauth.old.test", Security.SECURE),
        ("_dnsauth.two.test", Security.INSECURE),
        ("_dnsauth.plain.test", Security.INSECURE),
        ("_dnsauth.plain.deep.empty.test", Security.INSECURE),
        ("_dnsauth.stripped.test", Security.BOGUS),
    ],
)
def test_T17_zones_whose_names_are_hashed(hashed_world: tuple[ZoneServer, str], name: str, security: Security) -> None:
    knot, anchor = hashed_world
    validation = validated(DnsView(knot.nameservers), [anchor], name)
    assert validation.security is security, validation


class Inventing(DnsView):
    """A resolver that invents an unsigned zone `gone.test`, and else tells the truth."""

    async def message(self, owner: Any, rdtype: Any, budget: Any, *, dnssec: bool = False) -> Any:
        if not owner.is_subdomain(dns.name.from_text("gone.test")) or rdtype == dns.rdatatype.DS:
            return await super().message(owner, rdtype, budget, dnssec=dnssec)
        reply = dns.message.make_response(dns.message.make_query(owner, rdtype))
        records = {dns.rdatatype.TXT: (str(owner), '"value"'), dns.rdatatype.SOA: ("gone.test.", "a. b. 1 2 3 4 5")}
        name, text = records[rdtype]
        reply.answer = [dns.rrset.from_text(name, 60, "IN", rdtype, text)]
        reply.index = None
        return reply


def test_T17_an_invented_zone_is_believed_only_where_unsigned_ones_are_left_out(
    hashed_world: tuple[ZoneServer, str], request: pytest.FixtureRequest
) -> None:
    """That a name does not exist is no proof of an unsigned delegation, unless the span says opt-out."""
    knot, anchor = hashed_world
    opt_out = request.node.callspec.params["hashed_world"]
    validation = validated(Inventing(knot.nameservers), [anchor], "_dnsauth.gone.test")
    assert validation.security is (Security.INSECURE if opt_out else Security.BOGUS), validation


def test_T17_a_signed_dname_covers_no_other_alias(hashed_world: tuple[ZoneServer, str]) -> None:
    """The alias beside it is unsigned: it must be the one that the DNAME makes (RFC 6672 section 5.3.1)."""
    knot, anchor = hashed_world

    def forge(reply: dns.message.Message) -> None:
        signed = [rrset for rrset in reply.answer if rrset.name == dns.name.from_text("old.test")]
        reply.answer = [*signed, dns.rrset.from_text("_dnsauth.old.test.", 60, "IN", "CNAME", "_dnsauth.plain.test.")]

    validation = validated(Between(knot, "_dnsauth.old.test", forge), [anchor], "_dnsauth.old.test")
    assert validation.security is Security.BOGUS, validation


def test_T17_a_forged_denial_does_not_make_a_signed_zone_unsigned(world: tuple[ZoneServer, str]) -> None:
    """A resolver that hides every signature and claims a zone of its own for the name."""
    _, anchor = world
    with DnsServer() as liar:
        liar.answer("_dnsauth.good.test", "TXT", '"value"')
        liar.answer("_dnsauth.good.test", "SOA", "ns1.evil. x. 1 2 3 4 5")
        validation = validated(DnsView(liar.nameservers, timeout=1), [anchor], "_dnsauth.good.test")
    assert validation.security is Security.INDETERMINATE  # not even the anchor's keys are to be had through it


def test_a_view_without_the_root_is_indeterminate(world: tuple[ZoneServer, str]) -> None:
    knot, _ = world
    view = DnsView(knot.nameservers, timeout=1)
    assert validated(view, ROOT_ANCHORS, "_dnsauth.plain.test").security is Security.INDETERMINATE


@pytest.mark.parametrize("line", ["", "example.", "example. DS 1 2", "example. TXT hello", "a..b DS 1 13 2 00"])
def test_what_is_no_trust_anchor_is_said(line: str) -> None:
    with pytest.raises(ValueError, match="trust anchor"):
        read_anchors([line])


def validated(view: DnsView, anchors: Any, name: str) -> Validation:
    return network.run(Validator(view, anchors).validate(name, "TXT"))
