"""However many names a foreign name server has, it is asked a few things at a time (O7)."""

from __future__ import annotations

import asyncio
import threading
import time
from ipaddress import ip_network

import pytest

from revocation.outbound import network
from revocation.outbound.dns.authoritative import AT_ONCE, Authoritative
from revocation.outbound.dns.resolver import DnsView, RecordKind
from tests.servers.dns_server import DnsServer

pytestmark = pytest.mark.slow

ZONE, NAMES = "many.example", 3 * AT_ONCE


class Crowded(DnsServer):
    """A name server that takes its time, and notes how many questions it had at once."""

    most = waiting = 0
    lock = threading.Lock()

    def reply(self, wire: bytes, *, udp: bool) -> bytes | None:
        with self.lock:
            self.waiting += 1
            self.most = max(self.most, self.waiting)
        time.sleep(0.1)
        with self.lock:
            self.waiting -= 1
        return super().reply(wire, udp=udp)


def test_O7_a_foreign_name_server_is_asked_a_few_things_at_a_time() -> None:
    with DnsServer() as resolver, Crowded() as server:
        resolver.answer(ZONE, "NS", f"ns1.{ZONE}.")
        resolver.answer(f"ns1.{ZONE}", "A", "127.0.0.1")
        server.answer(ZONE, "A", "192.0.2.1")
        view = DnsView(resolver.nameservers)
        authority = Authoritative(view, (ip_network("127.0.0.0/8"),), {53: server.port})

        async def all_at_once() -> None:
            names = [f"_dnsauth.n{number}.{ZONE}" for number in range(NAMES)]
            await asyncio.gather(*(authority.ask(name, RecordKind.TXT, ZONE) for name in names))

        network.run(all_at_once())
        assert len(server.asked) == NAMES
        assert 1 < server.most <= AT_ONCE
