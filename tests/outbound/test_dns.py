from __future__ import annotations

import time

import pytest
from dns.message import make_query

from revocation.outbound.dns.reply import Query, wire_name
from revocation.outbound.dns.resolver import MAX_CNAMES, DnsView, NameUnresolved, RecordKind, Status
from tests.servers.dns_server import DnsServer, unused_udp_port

TXT, A, CNAME = RecordKind.TXT, RecordKind.A, RecordKind.CNAME


def test_records_come_with_their_ttl(dns_server: DnsServer, view: DnsView) -> None:
    dns_server.answer("a.example.com", "TXT", '"one"', '"two " "halves"', ttl=77)
    answer = view.look_up("a.example.com", TXT)
    assert (answer.status, set(answer.records), answer.ttl) == (Status.FOUND, {"one", "two halves"}, 77)


def test_bytes_that_are_no_text_are_escaped(dns_server: DnsServer, view: DnsView) -> None:
    dns_server.answer("a.example.com", "TXT", r'"\255\000"')
    assert view.look_up("a.example.com", TXT).records == ("\\xff\x00",)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("gone.example.com", Status.NXDOMAIN),
        ("empty.example.com", Status.NO_ANSWER),
        ("broken.example.com", Status.SERVFAIL),
        ("closed.example.com", Status.REFUSED),
        ("odd.example.com", Status.SERVFAIL),
        ("silent.example.com", Status.TIMED_OUT),
        (f"{'x' * 64}.example.com", Status.MALFORMED),
        ("two..dots.example.com", Status.MALFORMED),
        (".".join(["x" * 60] * 5), Status.MALFORMED),
    ],
)
def test_every_way_to_fail_is_told_apart(dns_server: DnsServer, view: DnsView, name: str, status: Status) -> None:
    dns_server.answer("empty.example.com", "A", "192.0.2.1")
    dns_server.fail("broken.example.com", "SERVFAIL")
    dns_server.fail("closed.example.com", "REFUSED")
    dns_server.fail("odd.example.com", "NOTIMP")
    dns_server.be_silent("silent.example.com")
    answer = view.look_up(name, TXT)
    assert (answer.status, answer.records) == (status, ())


def test_T16_silence_ends_within_the_bound(dns_server: DnsServer) -> None:
    dns_server.be_silent("silent.example.com")
    started = time.monotonic()
    assert DnsView(dns_server.nameservers, timeout=0.4).look_up("silent.example.com", TXT).status is Status.TIMED_OUT
    assert time.monotonic() - started < 10  # and not for ever
    assert dns_server.asked[("silent.example.com", "TXT")] == 2


def test_T16_garbage_is_not_an_answer(dns_server: DnsServer) -> None:
    dns_server.garble("garbled.example.com")
    view = DnsView(dns_server.nameservers, timeout=0.3)
    assert view.look_up("garbled.example.com", TXT).status in {Status.MALFORMED, Status.TIMED_OUT}


@pytest.mark.parametrize("how", ["id", "question"])
def test_T17_an_answer_to_another_question_is_passed_over(dns_server: DnsServer, how: str) -> None:
    dns_server.answer("a.example.com", "TXT", '"forged"')
    dns_server.misanswer("a.example.com", how)
    started = time.monotonic()
    answer = DnsView(dns_server.nameservers, timeout=0.4).look_up("a.example.com", TXT)
    assert (answer.status, answer.records) == (Status.TIMED_OUT, ())
    assert time.monotonic() - started < 10


def test_a_server_that_knows_no_edns_is_asked_without(dns_server: DnsServer, view: DnsView) -> None:
    dns_server.answer("a.example.com", "TXT", '"here"')
    dns_server.knows_edns = False
    assert view.look_up("a.example.com", TXT).records == ("here",)


def test_T16_truncated_answers_are_fetched_by_tcp(dns_server: DnsServer, view: DnsView) -> None:
    dns_server.truncate("long.example.com")
    dns_server.answer("long.example.com", "TXT", *(f'"{number} {"x" * 200}"' for number in range(100)))
    assert len(view.look_up("long.example.com", TXT).records) == 100
    assert dns_server.asked[("long.example.com", "TXT")] == 2


def test_T16_a_long_answer_that_tcp_does_not_bring_is_told_as_that(dns_server: DnsServer, view: DnsView) -> None:
    """A firewall lets only UDP through, or the server breaks off."""
    dns_server.answer("long.example.com", "TXT", '"x"')
    dns_server.truncate("long.example.com")
    dns_server.close_tcp()
    assert view.look_up("long.example.com", TXT).status is Status.WITHOUT_TCP


def test_a_dead_nameserver_is_passed_over(dns_server: DnsServer) -> None:
    dns_server.answer("a.example.com", "TXT", '"here"')
    view = DnsView([("127.0.0.1", unused_udp_port()), *dns_server.nameservers], timeout=1.0)
    assert view.look_up("a.example.com", TXT).records == ("here",)


def test_aliases_are_followed_and_kept(dns_server: DnsServer, view: DnsView) -> None:
    dns_server.answer("a.example.com", "CNAME", "b.example.net.", ttl=300)
    dns_server.answer("b.example.net", "CNAME", "c.example.org.", ttl=20)
    dns_server.answer("c.example.org", "TXT", '"end"', ttl=500)
    answer = view.look_up("a.example.com", TXT)
    assert (answer.records, answer.cnames) == (("end",), ("b.example.net", "c.example.org"))


def test_an_alias_of_nothing_says_so(dns_server: DnsServer, view: DnsView) -> None:
    dns_server.answer("a.example.com", "CNAME", "gone.example.net.")
    answer = view.look_up("a.example.com", TXT)
    assert (answer.status, answer.cnames) == (Status.NXDOMAIN, ("gone.example.net",))


def test_an_alias_asked_for_is_not_followed(dns_server: DnsServer, view: DnsView) -> None:
    dns_server.answer("a.example.com", "CNAME", "b.example.net.")
    assert view.look_up("a.example.com", CNAME).records == ("b.example.net",)


def test_T16_a_circle_of_aliases_ends(dns_server: DnsServer, view: DnsView) -> None:
    dns_server.answer("a.example.com", "CNAME", "b.example.com.")
    dns_server.answer("b.example.com", "CNAME", "a.example.com.")
    assert view.look_up("a.example.com", TXT).status is Status.CHAIN_TOO_LONG
    assert dns_server.asked.total() <= MAX_CNAMES + 1


def test_T16_a_long_chain_of_aliases_ends(dns_server: DnsServer, view: DnsView) -> None:
    for number in range(40):
        dns_server.answer(f"n{number}.example.com", "CNAME", f"n{number + 1}.example.com.")
    assert view.look_up("n0.example.com", TXT).status is Status.CHAIN_TOO_LONG


def test_addresses_of_both_kinds(dns_server: DnsServer, view: DnsView) -> None:
    dns_server.answer("a.example.com", "A", "192.0.2.1", "192.0.2.2")
    dns_server.answer("a.example.com", "AAAA", "2001:db8::1")
    assert set(view.addresses("a.example.com", 1)) == {"192.0.2.1", "192.0.2.2", "2001:db8::1"}


def test_a_name_with_only_one_kind(dns_server: DnsServer, view: DnsView) -> None:
    dns_server.answer("six.example.com", "AAAA", "2001:db8::1")
    assert view.addresses("six.example.com", 1) == ("2001:db8::1",)


@pytest.mark.parametrize(
    ("name", "status"), [("gone.example.com", Status.NXDOMAIN), ("text.example.com", Status.NO_ANSWER)]
)
def test_no_address_is_an_error(dns_server: DnsServer, view: DnsView, name: str, status: Status) -> None:
    dns_server.answer("text.example.com", "TXT", '"only text"')
    with pytest.raises(NameUnresolved) as unresolved:
        view.addresses(name, 1)
    assert unresolved.value.status is status


def test_without_nameservers_the_system_is_asked() -> None:
    assert all(port == 53 for _, port in DnsView().nameservers)


@pytest.mark.parametrize("dnssec", [False, True])
def test_a_question_is_encoded_as_the_library_does(dnssec: bool) -> None:
    for name in ("example.com", "_dnsauth.WWW.example.com", ".", r"a\.b.example"):
        asked = make_query(name, "TXT", use_edns=0, payload=1232, want_dnssec=dnssec)
        query = Query(wire_name(name), asked.question[0].rdtype, int(asked.flags), dnssec, number=asked.id)
        assert query.wire == asked.to_wire()
