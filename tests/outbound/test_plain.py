"""Plain replies are read as dnspython reads them, and whatever is odd is left to it (threats 16, 17)."""

from __future__ import annotations

import random
from dataclasses import replace

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from revocation.outbound.dns.plain import read_plain
from revocation.outbound.dns.reply import Query, Reply, Type, reply_of, wire_name
from revocation.outbound.dns.wire import read_reply
from tests.support.effort import rounds

NAME, ZONE = "_dnsauth.www.example.test", "example.test"
SOA = f"{ZONE}. 60 IN SOA ns1.{ZONE}. hostmaster.{ZONE}. 1 3600 600 86400 30"
NS = f"{ZONE}. 300 IN NS ns1.{ZONE}."
GLUE = (f"ns1.{ZONE}. 300 IN A 192.0.2.53", f"ns1.{ZONE}. 300 IN AAAA 2001:db8::53")
TXT = (f'{NAME}. 300 IN TXT "one" "half"', f'{NAME}. 300 IN TXT "onehalf"', f'{NAME}. 300 IN TXT "\\255\\000"')
ALIASES = (
    f"{NAME}. 30 IN CNAME b.other.test.",
    "b.OTHER.test. 20 IN CNAME c.other.test.",
    'c.other.test. 9 IN TXT "x"',
)

Sections = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


def asked(kind: Type = Type.TXT) -> Query:
    return Query(wire_name(NAME), kind, number=4711)


def packet(query: Query, sections: Sections, code: int = dns.rcode.NOERROR, *, edns: bool = True) -> bytes:
    """Return the reply with these records: answer, authority, additional."""
    reply = dns.message.make_response(dns.message.from_wire(query.wire))
    reply.flags |= dns.flags.AA
    reply.set_rcode(dns.rcode.Rcode(code))
    for section, records in zip((reply.answer, reply.authority, reply.additional), sections, strict=True):
        for record in records:
            owner, ttl, rdclass, kind, data = record.split(" ", 4)
            section.append(dns.rrset.from_text(owner, int(ttl), rdclass, kind, data))
    if not edns:
        reply.use_edns(False)
    return reply.to_wire()


PLAIN: dict[str, tuple[Type, Sections, int]] = {
    "missing": (Type.TXT, ((), (SOA,), ()), dns.rcode.NXDOMAIN),
    "empty": (Type.TXT, ((), (SOA,), ()), dns.rcode.NOERROR),
    "refused": (Type.TXT, ((), (), ()), dns.rcode.REFUSED),
    "text": (Type.TXT, (TXT, (NS,), GLUE), dns.rcode.NOERROR),
    "twice": (Type.TXT, ((TXT[0], TXT[0].replace("300", "7")), (), ()), dns.rcode.NOERROR),
    "aliases": (Type.TXT, (ALIASES, (), ()), dns.rcode.NOERROR),
    "alias of nothing": (Type.TXT, (ALIASES[:2], (SOA,), ()), dns.rcode.NXDOMAIN),
    "address": (Type.A, ((f"{NAME}. 300 IN A 192.0.2.1", f"{NAME}. 300 IN A 192.0.2.2"), (), ()), dns.rcode.NOERROR),
    "mapped": (Type.AAAA, ((f"{NAME}. 300 IN AAAA ::ffff:192.0.2.1",), (), ()), dns.rcode.NOERROR),
}


def by_library(wire: bytes, query: Query) -> Reply | None:
    """Return what dnspython reads, as the transport has it; None if it is no reply to `query`."""
    try:
        message = dns.message.from_wire(wire, raise_on_truncation=True)
    except (dns.exception.DNSException, ValueError):
        return None
    fits = dns.message.from_wire(query.wire).is_response(message)
    return replace(reply_of(message, wire), read=None) if fits else None


@pytest.mark.parametrize(("kind", "sections", "code"), PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("edns", [True, False])
def test_a_plain_reply_is_read_as_the_library_reads_it(kind: Type, sections: Sections, code: int, edns: bool) -> None:
    query = asked(kind)
    wire = packet(query, sections, code, edns=edns)
    plain = read_plain(wire, query)
    assert plain is not None
    assert plain == by_library(wire, query)


MUTANTS = rounds(4_000, 400_000)


def test_T16_what_is_read_of_a_mutilated_reply_the_library_reads_too() -> None:
    dice = random.Random(16)
    replies = [(asked(kind), packet(asked(kind), sections, code)) for kind, sections, code in PLAIN.values()]
    read = 0
    for _ in range(MUTANTS):
        query, wire = dice.choice(replies)
        mutant = _mutilated(wire, dice)
        plain = read_plain(mutant, query)
        if plain is not None:
            read += 1
            assert plain == by_library(mutant, query), mutant
    assert MUTANTS // 20 < read < MUTANTS  # some are still plain replies, of which nothing else is wrong


def _mutilated(wire: bytes, dice: random.Random) -> bytes:
    """Return `wire` with some bytes behind the number replaced, taken out, repeated or added."""
    mutant = bytearray(wire)
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        at = dice.randrange(2, len(mutant))
        how = dice.randrange(8)
        if how < 4:
            mutant[at] = dice.choice((dice.randrange(256), 0, 0xC0, 12, mutant[at] ^ 1 << dice.randrange(8)))
        elif how == 4:
            del mutant[at : at + dice.randrange(1, 12)]
        elif how == 5:
            mutant[at:at] = mutant[at : at + dice.randrange(1, 30)]
        elif how == 6:
            mutant += dice.randbytes(dice.randrange(1, 4))
        else:
            mutant[at : at + 2] = (0xC000 | dice.randrange(len(mutant))).to_bytes(2)
        if len(mutant) < 4:
            break
    return bytes(mutant)


def test_T17_a_reply_to_something_else_is_not_read() -> None:
    query = asked()
    wire = packet(query, (TXT, (), ()))
    for other in (asked(Type.CNAME), replace(query, number=4712), replace(query, owner=wire_name("other.test"))):
        assert read_plain(wire, other) is None
        with pytest.raises(dns.exception.FormError):
            read_reply(wire, other)
    assert read_plain(query.wire, query) is None  # a question is no reply


def test_T16_a_circle_of_pointers_ends() -> None:
    query = asked()
    wire = bytearray(packet(query, (TXT[:1], (), ())))
    at = wire.index(b"\xc0\x0c")
    wire[at : at + 2] = (0xC000 | at).to_bytes(2)
    assert read_plain(bytes(wire), query) is None
    with pytest.raises(dns.exception.DNSException):
        read_reply(bytes(wire), query)


@pytest.mark.parametrize("odd", ["another case", "option", "two aliases", "odd letters", "signature"])
def test_what_is_odd_is_read_by_the_library(odd: str) -> None:
    query = asked()
    wire = packet(query, (TXT[:1], (), ()))
    if odd == "another case":
        wire = wire.replace(b"www", b"WWW", 1)
    elif odd == "option":
        reply = dns.message.from_wire(wire)
        reply.use_edns(0, options=[dns.edns.EDEOption(dns.edns.EDECode.STALE_ANSWER, "stale")])
        wire = reply.to_wire()
    elif odd == "two aliases":
        wire = packet(query, ((f"{NAME}. 30 IN CNAME b.test.", f"{NAME}. 30 IN CNAME c.test."), (), ()))
    elif odd == "odd letters":
        wire = packet(query, ((f"{NAME}. 30 IN CNAME a\\.b.test.",), (), ()))
    else:
        wire = packet(
            query, ((TXT[0], f"{NAME}. 300 IN RRSIG TXT 13 4 300 20300101000000 20200101000000 1 test. YQ=="), (), ())
        )
    assert read_plain(wire, query) is None
    read = read_reply(wire, query)
    assert replace(read, read=None) == by_library(wire, query)
    assert read.answer
