"""Somebody between a resolver and us, who changes what a real name server said."""

from __future__ import annotations

from collections.abc import Callable

import dns.message
import dns.name
import dns.rdatatype

from revocation.outbound.dns.resolver import Budget, DnsView
from tests.servers.zone_server import ZoneServer

Forgery = Callable[[dns.message.Message], object]


class Between(DnsView):
    """Changes the answers about the TXT records of one name."""

    def __init__(self, server: ZoneServer, name: str, forge: Forgery) -> None:
        super().__init__(server.nameservers, timeout=2)
        self._name, self._forge = dns.name.from_text(name), forge

    async def message(
        self, owner: dns.name.Name, rdtype: dns.rdatatype.RdataType, budget: Budget, *, dnssec: bool = False
    ) -> dns.message.Message:
        reply = await super().message(owner, rdtype, budget, dnssec=dnssec)
        if owner == self._name and rdtype == dns.rdatatype.TXT:
            reply.index = None  # otherwise records are found where they were
            self._forge(reply)
        return reply
