"""An answer that a wildcard made is believed only with the proof that nothing closer exists (RFC 4035 section 5.3.4,
RFC 5155 section 8.8). Answers are as a real name server gives them, or as somebody on the way changes them (threat 17).
"""

from __future__ import annotations

from collections.abc import Iterator

import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest

from revocation.outbound import network
from revocation.outbound.dns.denial import proves_absent
from revocation.outbound.dns.dnssec import Security, Validation, Validator
from revocation.outbound.dns.resolver import Budget, DnsView
from revocation.ownership.dns import check_dns
from revocation.ownership.perspectives import Perspective, Views
from tests.servers.between import Between
from tests.servers.signed_zones import SignedZone, zone_text
from tests.servers.zone_server import ZoneServer

pytestmark = pytest.mark.process

ZONE, NAME, CLOSER = "wild.test", "_dnsauth.shop.wild.test", "closer.wild.test"
RECORDS = '* TXT "value"\n*.pages CNAME any\ncloser TXT "other"\nreal.sub TXT "x"\ncut NS ns1\nzz TXT "x"'
DENIALS = frozenset({dns.rdatatype.NSEC, dns.rdatatype.NSEC3})

NOT_SECURE = {False: {Security.BOGUS}, True: {Security.BOGUS, Security.INSECURE}}
"""Verdicts by whether an unsigned delegation may have been left out. If so, the answer may count as unsigned."""

World = tuple[ZoneServer, str]


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A server of the zone signed with NSEC, and the zone's DS line."""
    zone = SignedZone(ZONE, RECORDS)
    with ZoneServer({ZONE: zone.text}) as knot:
        yield knot, zone.ds


@pytest.fixture(scope="module", params=[False, True], ids=["NSEC3", "NSEC3 with opt-out"])
def hashed_world(request: pytest.FixtureRequest) -> Iterator[tuple[ZoneServer, str, bool]]:
    with ZoneServer({ZONE: zone_text(ZONE, RECORDS)}, nsec3={ZONE: request.param}) as knot:
        yield knot, knot.ds(ZONE), request.param


def validated(view: DnsView, anchor: str, name: str) -> Validation:
    return network.run(Validator(view, [anchor]).validate(name, "TXT"))


def reply_of(server: ZoneServer, name: str) -> dns.message.Message:
    view = DnsView(server.nameservers)
    return network.run(view.message(dns.name.from_text(name), dns.rdatatype.TXT, Budget(5), dnssec=True))


def renamed(sets: list[dns.rrset.RRset], owner: str) -> list[dns.rrset.RRset]:
    """Rename the records, as a wildcard's are given for any name: the signature does not cover the owner."""
    for rrset in sets:
        rrset.name = dns.name.from_text(owner)
    return sets


def without_denial(reply: dns.message.Message) -> None:
    reply.authority = [each for each in reply.authority if DENIALS.isdisjoint((each.rdtype, each.covers))]


@pytest.mark.parametrize("name", [NAME, "a.b.c.wild.test", "x.pages.wild.test", CLOSER, "*.wild.test"])
def test_T17_a_wildcards_answer_is_good(world: World, name: str) -> None:
    server, anchor = world
    assert validated(DnsView(server.nameservers), anchor, name) == Validation(Security.SECURE)


@pytest.mark.parametrize("name", [NAME, "x.pages.wild.test"])
def test_T17_so_it_is_where_names_are_hashed(hashed_world: tuple[ZoneServer, str, bool], name: str) -> None:
    """With opt-out an unsigned delegation may have been left out there, so the answer counts as unsigned."""
    server, anchor, opt_out = hashed_world
    expected = Security.INSECURE if opt_out else Security.SECURE
    assert validated(DnsView(server.nameservers), anchor, name) == Validation(expected)


def test_T17_without_the_proof_it_is_bogus(world: World, hashed_world: tuple[ZoneServer, str, bool]) -> None:
    for server, anchor in (world, hashed_world[:2]):
        for name in (NAME, "x.pages.wild.test"):
            validation = validated(Between(server, name, without_denial), anchor, name)
            assert validation.security is Security.BOGUS, name
            assert "made from a wildcard" in validation.why


@pytest.mark.parametrize("name", [CLOSER, "x.sub.wild.test", "x.cut.wild.test"])
def test_T17_a_wildcards_answer_does_not_replace_what_is_there(
    world: World, hashed_world: tuple[ZoneServer, str, bool], name: str
) -> None:
    """The name exists, or it is under one that exists only by what is below it, or it belongs to another zone. The
    denial beside the answer is the wildcard's own, that of the name, or another."""
    for server, anchor in (world, hashed_world[:2]):
        for denying in (NAME, name, f"zzz.{ZONE}"):
            answer, authority = reply_of(server, NAME).answer, reply_of(server, denying).authority

            def forge(
                reply: dns.message.Message,
                answer: list[dns.rrset.RRset] = answer,
                authority: list[dns.rrset.RRset] = authority,
            ) -> None:
                reply.answer, reply.authority = renamed(answer, name), authority

            security = validated(Between(server, name, forge), anchor, name).security
            assert security in NOT_SECURE[hashed_world[2] and "cut" in name and server is not world[0]], denying


def test_T17_a_denial_that_a_wildcard_made_denies_nothing(world: World) -> None:
    """CVE-2017-15105: the wildcard's own NSEC, given for any name."""
    server, anchor = world

    async def nsec_of_wildcard() -> list[dns.rrset.RRset]:
        view = DnsView(server.nameservers)
        return (await view.message(dns.name.from_text(f"*.{ZONE}"), dns.rdatatype.NSEC, Budget(5), dnssec=True)).answer

    forged: list[dns.rrset.RRset] = renamed(network.run(nsec_of_wildcard()), f"_a.{ZONE}")
    validation = validated(Between(server, NAME, lambda reply: setattr(reply, "authority", forged)), anchor, NAME)
    assert validation.security is Security.BOGUS
    assert "NSEC: made from a wildcard" in validation.why


def test_O7_a_replayed_wildcard_proves_nothing(world: World) -> None:
    server, anchor = world
    for forge, code in ((lambda reply: None, "proven"), (without_denial, "dnssec_bogus")):
        view = Between(server, NAME, forge)
        views = Views(Perspective("portal", view), validator=Validator(view, [anchor]))
        assert check_dns("shop.wild.test", "value", views).code == code


@pytest.mark.parametrize(
    ("record", "name", "absent"),
    [
        ("a.x. NSEC c.x. TXT", "b.x.", True),
        ("a.x. NSEC c.x. TXT", "a.x.", False),
        ("a.x. NSEC c.x. TXT", "c.x.", False),
        ("a.x. NSEC c.x. TXT", "d.x.", False),
        ("d.x. NSEC x. TXT", "e.x.", True),
        ("d.x. NSEC x. TXT", "c.x.", False),
        ("a.x. NSEC b.b.x. TXT", "b.x.", False),  # the name exists, since something is below it
        ("a.x. NSEC c.x. NS", "b.a.x.", False),  # only the other zone can say (RFC 6840 section 4.1)
        ("a.x. NSEC c.x. DNAME", "b.a.x.", False),
        ("a.x. NSEC c.x. NS", "b.x.", True),
        ("x. NSEC c.x. NS SOA", "b.x.", True),
    ],
)
def test_T17_what_a_span_of_names_denies(record: str, name: str, absent: bool) -> None:
    owner, kind, data = record.split(" ", 2)
    rrset = dns.rrset.from_text(owner, 60, "IN", kind, data)
    assert proves_absent(dns.name.from_text(name), dns.name.from_text("x."), rrset) is absent
