"""The doctor against real name servers: who has the value, who lags, who is lame, what is signed wrongly (O7, O8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from revocation.outbound.dns.authoritative import Authoritative
from revocation.outbound.dns.dnssec import Validator
from revocation.outbound.dns.resolver import DnsView, Status
from revocation.ownership.challenge import Challenge, new_challenge
from revocation.ownership.diagnosis.doctor import alike
from revocation.ownership.dns import check_dns
from revocation.ownership.outcome import Outcome
from revocation.ownership.perspectives import Perspective, Views
from tests.servers.dns_server import DnsServer
from tests.servers.signed_zones import SignedZone, another_value, zone_text
from tests.servers.zone_server import ZoneServer

pytestmark = pytest.mark.process

NETWORKS = (ip_network("127.0.0.2/31"),)
PRIMARY, SECONDARY, PARENT = "127.0.0.2", "127.0.0.3", "127.0.0.3"
NAME, WHERE = "shop.example", "_dnsauth.shop.example"
TWO_SERVERS = f"@ NS ns2\nns2 A {SECONDARY}\n"

Zones = Callable[..., ZoneServer]


@pytest.fixture
def zones() -> Iterator[Zones]:
    """Starts a name server with these zones, at one address and port."""
    with ExitStack() as stack:
        yield lambda given, address=PRIMARY, port=0: stack.enter_context(ZoneServer(given, address, port))


def look(resolver: ZoneServer | DnsServer, port: int, value: str, anchors: Any = (), name: str = NAME) -> Outcome:
    view = DnsView(resolver.nameservers, timeout=1)
    authority = Authoritative(view, NETWORKS, {53: port})
    validator = Validator(view, anchors) if anchors else None
    outcome = check_dns(name, value, Views(Perspective("portal", view), (), validator, authority))
    assert outcome.sentence  # every placeholder is filled
    return outcome


def test_O7_each_server_of_the_zone_is_asked_and_shown(zones: Zones, challenge: Challenge) -> None:
    records = f'{TWO_SERVERS}_dnsauth TXT "{challenge.value}"'
    first = zones({NAME: zone_text(NAME, records)})
    zones({NAME: zone_text(NAME, records)}, SECONDARY, first.port)
    outcome = look(first, first.port, challenge.value)
    assert outcome.proven
    seen = [(sight.where, sight.proves, sight.ttl) for sight in outcome.sights if sight.role == "server"]
    assert seen == [(f"ns1.{NAME} ({PRIMARY})", True, 60), (f"ns2.{NAME} ({SECONDARY})", True, 60)]


def test_O7_a_secondary_that_lags_is_named(zones: Zones, challenge: Challenge) -> None:
    new = zone_text(NAME, f'{TWO_SERVERS}_dnsauth TXT "{challenge.value}"')
    first = zones({NAME: new})
    lagging = zones({NAME: zone_text(NAME, TWO_SERVERS)}, SECONDARY, first.port)
    outcome = look(lagging, first.port, challenge.value)
    assert (outcome.proven, outcome.code) == (False, "servers_disagree")
    assert f"ns2.{NAME} ({SECONDARY})" in outcome.sentence
    assert f"ns1.{NAME}" not in outcome.sentence


def test_O7_a_lame_server_is_named(zones: Zones, challenge: Challenge) -> None:
    first = zones({NAME: zone_text(NAME, TWO_SERVERS)})
    zones({"other.example": zone_text("other.example", "")}, SECONDARY, first.port)
    outcome = look(first, first.port, challenge.value)
    assert outcome.code == "record_missing"
    assert [code for code, _ in outcome.also] == ["server_lame"]


def test_O7_a_server_whose_answer_says_nothing_is_not_called_lame(zones: Zones, challenge: Challenge) -> None:
    server = zones({NAME: zone_text(NAME, "_dnsauth CNAME _dnsauth")})
    outcome = look(server, server.port, challenge.value)
    assert (outcome.code, outcome.also) == ("cname_chain_too_long", ())


@pytest.fixture
def registry(zones: Zones) -> Iterator[Callable[[str], tuple[DnsServer, int]]]:
    """A function that starts a parent at PARENT with this delegation of NAME. Returns a resolver of both and a port."""
    with DnsServer() as resolver:

        def made(delegation: str) -> tuple[DnsServer, int]:
            parent = zones({"example": zone_text("example", delegation, PARENT)}, PARENT)
            for zone, address in ((NAME, PRIMARY), ("example", PARENT)):
                resolver.answer(zone, "SOA", "ns1.x. x. 1 2 3 4 5")
                resolver.answer(zone, "NS", f"ns1.{zone}.")
                resolver.answer(f"ns1.{zone}", "A", address)
            return resolver, parent.port

        yield made


def test_O7_a_server_that_only_the_registry_names_is_named(
    registry: Callable[[str], tuple[DnsServer, int]], zones: Zones, challenge: Challenge
) -> None:
    """One server does not exist any more, one never served the zone. The zone itself is in order."""
    resolver, port = registry(
        f"shop NS ns1.shop\nshop NS ns8.shop\nshop NS gone\nns1.shop A {PRIMARY}\nns8.shop A {PARENT}"
    )
    zones({NAME: zone_text(NAME, "")}, PRIMARY, port)
    outcome = look(resolver, port, challenge.value)
    also = dict(outcome.also)
    assert (outcome.code, list(also)) == (
        "record_missing",
        ["server_lame", "server_without_address", "delegation_differs"],
    )
    assert also["server_lame"]["servers"] == f"ns8.{NAME} ({PARENT})"  # reached by the address that the registry has
    assert also["server_without_address"]["servers"] == "gone.example"
    assert also["delegation_differs"]["own"] == f"ns1.{NAME}"


def test_O7_a_registry_that_leads_nowhere_is_not_blamed_itself(
    registry: Callable[[str], tuple[DnsServer, int]], challenge: Challenge
) -> None:
    """No resolver gets an answer. The servers that the registry names are asked, not the registry's own."""
    resolver, port = registry(f"shop NS ns8.shop\nns8.shop A {PARENT}")
    for name in (WHERE, NAME):
        resolver.fail(name, "SERVFAIL")
    outcome = look(resolver, port, challenge.value)
    assert (outcome.code, [code for code, _ in outcome.also]) == ("dns_servfail", ["server_lame"])
    (told,) = (params for _, params in outcome.also)
    assert (told["servers"], told["zone"]) == (f"ns8.{NAME} ({PARENT})", NAME)


def test_O7_one_server_that_fails_is_told_from_one_that_does_not_serve(zones: Zones, challenge: Challenge) -> None:
    first = zones({NAME: zone_text(NAME, TWO_SERVERS)})
    zones({NAME: "not a zone at all"}, SECONDARY, first.port)
    outcome = look(first, first.port, challenge.value)
    assert [code for code, _ in outcome.also] == ["server_failing"]


def test_O7_an_older_answer_in_a_cache_is_named_with_its_time(zones: Zones, challenge: Challenge) -> None:
    server = zones({NAME: zone_text(NAME, f'_dnsauth TXT "{challenge.value}"')})
    with DnsServer() as resolver:
        resolver.answer(NAME, "SOA", "ns1.x. x. 1 2 3 4 5")
        resolver.answer(NAME, "NS", f"ns1.{NAME}.")
        resolver.answer(f"ns1.{NAME}", "A", PRIMARY)
        resolver.answer(WHERE, "TXT", '"old"', ttl=240)
        outcome = look(resolver, server.port, challenge.value)
    assert (outcome.code, outcome.again_in) == ("old_value_cached", 241)
    assert "240 seconds" in outcome.sentence


def test_O8_a_name_server_at_a_private_address_is_never_asked(zones: Zones, challenge: Challenge) -> None:
    with DnsServer() as private:  # listens at 127.0.0.1, which is no test network here
        records = "@ NS ns2\nns2 A 127.0.0.1\n"
        server = zones({NAME: zone_text(NAME, records)}, PRIMARY, private.port)
        outcome = look(server, private.port, challenge.value)
        assert private.asked.total() == 0
    assert "server_not_public" in [code for code, _ in outcome.also]


def test_T17_a_broken_signature_proves_nothing_and_is_named(zones: Zones, challenge: Challenge) -> None:
    broken = SignedZone(NAME, '_dnsauth TXT "before"', spoil=another_value(WHERE, challenge.value))
    good = SignedZone("safe.example", f'_dnsauth TXT "{challenge.value}"')
    server = zones({NAME: broken.text, good.origin: good.text})
    outcome = look(server, server.port, challenge.value, [broken.ds])
    assert (outcome.proven, outcome.code) == (False, "dnssec_bogus")
    outcome = look(server, server.port, challenge.value, [good.ds], name=good.origin)
    assert (outcome.proven, outcome.dnssec) == (True, "secure")


def test_T17_servfail_of_a_validating_resolver_is_told_as_broken_dnssec(zones: Zones, challenge: Challenge) -> None:
    broken = SignedZone(NAME, '_dnsauth TXT "before"', spoil=another_value(WHERE, challenge.value))
    server = zones({NAME: broken.text})

    class Refusing(DnsView):
        async def ask(self, name: Any, kind: Any, timeout: Any = None) -> Any:
            answer = await super().ask(name, kind, timeout)
            return replace(answer, status=Status.SERVFAIL, records=()) if name == WHERE else answer

    view = Refusing(server.nameservers, timeout=1)
    outcome = check_dns(NAME, challenge.value, Views(Perspective("portal", view), (), Validator(view, [broken.ds])))
    assert outcome.code == "dnssec_bogus"


MISPLACED = {
    "dnsauth.shop.example": "record_at_wrong_label",
    "_acme-challenge.shop.example": "record_at_wrong_label",
    "_dnsauth.shop.example.shop.example": "record_name_doubled",
    "shop.example": "record_at_name_itself",
}


@pytest.mark.parametrize(("place", "code"), MISPLACED.items(), ids=MISPLACED)
def test_O7_a_record_at_a_wrong_place_is_found_there(zones: Zones, challenge: Challenge, place: str, code: str) -> None:
    server = zones({NAME: zone_text(NAME, f'{place}. TXT "{challenge.value}"')})
    outcome = look(server, server.port, challenge.value)
    assert (outcome.proven, outcome.code) == (False, code)
    assert place in outcome.sentence


TOLD_ONCE = {'"\\"{value}\\""': "record_quoted", '"verify={value}"': "record_has_more", '"{value}0"': "record_has_more"}


@pytest.mark.parametrize(("record", "code"), TOLD_ONCE.items(), ids=["quoted", "more before", "more behind"])
def test_O7_one_mistake_is_told_by_one_sentence(zones: Zones, challenge: Challenge, record: str, code: str) -> None:
    server = zones({NAME: zone_text(NAME, f"_dnsauth TXT {record.format(value=challenge.value)}")})
    outcome = look(server, server.port, challenge.value)
    assert (outcome.code, outcome.also) == (code, ())


def test_O7_the_domains_record_does_not_prove_a_name_below_and_is_named(zones: Zones, challenge: Challenge) -> None:
    server = zones({NAME: zone_text(NAME, f'_dnsauth TXT "{challenge.value}"')})
    outcome = look(server, server.port, challenge.value, name=f"www.{NAME}")
    assert outcome.code == "record_at_parent"


VALUE = new_challenge().value
ALMOST = {
    "a character lost": VALUE[:20] + VALUE[21:],
    "two added": VALUE[:7] + "00" + VALUE[7:],
    "a Cyrillic letter": "а" + VALUE[1:],
    "full width": "".join(chr(ord(letter) + 0xFEE0) for letter in VALUE),
    "a small l": VALUE[:9] + "l" + VALUE[10:],
}


@pytest.mark.parametrize("found", ALMOST.values(), ids=ALMOST)
def test_O7_almost_the_value_is_recognised(found: str) -> None:
    assert alike(found, VALUE)


@pytest.mark.parametrize("found", ["", "v=spf1 -all", "0" * 40, VALUE * 3])
def test_O7_something_else_is_not_almost_the_value(found: str) -> None:
    assert not alike(found, VALUE)
