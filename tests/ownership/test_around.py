"""What the names of a domain have in common is asked for once. A proof's own record never comes from memory (O7)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from revocation.outbound import network, remembered
from revocation.outbound.dns.resolver import Answer, DnsView, RecordKind, Status
from revocation.outbound.remembered import Remembered
from revocation.ownership.challenge import new_challenge
from revocation.ownership.dns import look_by_dns
from revocation.ownership.outcome import Outcome
from revocation.ownership.perspectives import Perspective, Views
from tests.servers.dns_server import DnsServer
from tests.servers.signed_zones import zone_text
from tests.servers.zone_server import ZoneServer

pytestmark = pytest.mark.process

DOMAIN = "many.example"
NAMES = [f"n{number}.{DOMAIN}" for number in range(20)]
VALUES = {name: new_challenge().value for name in NAMES}


class Counted(DnsView):
    """A view that counts what it is asked."""

    asked: Counter[str]

    async def ask(self, name: str, kind: RecordKind, timeout: float | None = None) -> Answer:
        self.asked[name] += 1
        return await super().ask(name, kind, timeout)


@contextmanager
def served(records: str) -> Iterator[tuple[Counted, Views]]:
    with ZoneServer({DOMAIN: zone_text(DOMAIN, records)}) as knot:
        view = Counted(knot.nameservers)
        view.asked = Counter()
        yield view, Views(Perspective("portal", view), around=Remembered(view))


def look(views: Views, *names: str) -> list[Outcome]:
    async def together() -> list[Outcome]:
        return await asyncio.gather(*(look_by_dns(name, VALUES[name], views) for name in names))

    return network.run(together())


def test_O7_the_names_of_a_domain_share_what_is_around_them() -> None:
    with served("") as (view, views):
        codes = {outcome.code for outcome in (*look(views, *NAMES[:15]), *look(views, *NAMES[15:]))}
    assert codes == {"record_missing"}
    assert {name: view.asked[name] for name in (f"_dnsauth.{DOMAIN}", f"{DOMAIN}.{DOMAIN}")} == {
        f"_dnsauth.{DOMAIN}": 1,
        f"{DOMAIN}.{DOMAIN}": 1,
    }
    assert view.asked.total() == 2 + 2 * len(NAMES)  # each name's own record, and the name itself


def test_O7_a_proof_is_never_seen_from_memory() -> None:
    """The domain's own record is asked for again, although a name under it has asked for it a moment ago."""
    with served("") as (view, views):
        look(views, NAMES[0])
        VALUES[DOMAIN] = VALUES[NAMES[0]]
        for _ in range(2):
            before = view.asked[f"_dnsauth.{DOMAIN}"]
            look(views, DOMAIN)
            assert view.asked[f"_dnsauth.{DOMAIN}"] == before + 1


def test_O7_a_mistake_is_told_from_what_is_there_now() -> None:
    """The value stood at the domain a moment ago, and was moved."""
    name = NAMES[0]
    with DnsServer() as server:
        server.answers_in_turn(f"_dnsauth.{DOMAIN}", "TXT", [f'"{VALUES[name]}"'], [f'"{VALUES[name]}"'], ['"other"'])
        view = DnsView(server.nameservers)
        views = Views(Perspective("portal", view), around=Remembered(view))
        assert [look(views, name)[0].code for _ in range(2)] == ["record_at_parent", "record_missing"]


def test_O7_doubled_names_are_found_all_the_same() -> None:
    name = NAMES[0]
    record = f'_dnsauth.{name}.{DOMAIN}. TXT "{VALUES[name]}"\n'
    whole = f'_dnsauth.{name}.{name}. TXT "{VALUES[name]}"\n'
    for records in (record, whole):
        with served(records) as (_, views):
            assert look(views, *NAMES[1:3], name)[-1].code == "record_name_doubled"


@pytest.mark.parametrize("how", ["ttl", "bound", "failure"])
def test_an_answer_is_forgotten_when_its_time_is_over(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "bound":
        monkeypatch.setattr(remembered, "SECONDS", 0)
    with DnsServer() as server:
        server.answer("x.example", "TXT", "one", ttl=0 if how == "ttl" else 60)
        if how == "failure":
            server.fail("x.example", "SERVFAIL")
        memory = Remembered(DnsView(server.nameservers))
        network.run(memory.ask("x.example", RecordKind.TXT))
        asked = server.asked.total()
        answer = network.run(memory.ask("x.example", RecordKind.TXT))
        assert server.asked.total() == 2 * asked
    assert answer.status is (Status.SERVFAIL if how == "failure" else Status.FOUND)


def test_one_who_gives_up_takes_the_answer_from_nobody() -> None:
    with ZoneServer({DOMAIN: zone_text(DOMAIN, '@ TXT "here"')}) as knot:

        async def two() -> tuple[str, ...]:
            memory = Remembered(DnsView(knot.nameservers))
            first, second = (asyncio.ensure_future(memory.ask(DOMAIN, RecordKind.TXT)) for _ in range(2))
            await asyncio.sleep(0)
            first.cancel()
            return (await second).records

        assert network.run(two()) == ("here",)
