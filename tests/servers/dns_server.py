"""A small authoritative DNS server for tests with settable answers, by UDP and TCP on one ephemeral port of
127.0.0.1."""

from __future__ import annotations

import socket
import socketserver
import struct
import threading
from collections import Counter
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

TTL = 60
ANY_NAME = "*"


class DnsServer:
    """A server that answers as it is told. A name without settings does not exist (NXDOMAIN), unless something exists
    under it or `ANY_NAME` is set.

    `asked` counts (name, kind) questions.
    """

    def __init__(self) -> None:
        self.asked: Counter[tuple[str, str]] = Counter()
        self._answers: dict[tuple[str, str], list[list[str]]] = {}
        self._ttls: dict[str, int] = {}
        self._rcodes: dict[str, dns.rcode.Rcode] = {}
        self._silent: set[str] = set()
        self._truncated: set[str] = set()
        self._garbled: set[str] = set()
        self._misanswered: dict[str, str] = {}
        self.knows_edns = True
        self._udp, self._tcp = _both(self)
        self.port: int = self._udp.server_address[1]

    @property
    def nameservers(self) -> list[tuple[str, int]]:
        """What to give to DnsView."""
        return [("127.0.0.1", self.port)]

    def __enter__(self) -> Self:
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def answer(self, name: str, kind: str, *records: str, ttl: int = TTL) -> None:
        """Answer with these records, in zone-file text. For TXT, write the quotation marks of the zone file or leave
        them out."""
        self.answers_in_turn(name, kind, list(records), ttl=ttl)

    def answers_in_turn(self, name: str, kind: str, *turns: list[str], ttl: int = TTL) -> None:
        """Answer the first question with the first list, the next with the second. The last one repeats (rebinding)."""
        self._answers[(name, kind)] = list(turns)
        self._ttls[name] = ttl

    def fail(self, name: str, rcode: str) -> None:
        """Answer questions for `name` with this code, SERVFAIL for instance."""
        self._rcodes[name] = dns.rcode.from_text(rcode)

    def be_silent(self, name: str) -> None:
        """Never answer questions for `name`."""
        self._silent.add(name)

    def truncate(self, name: str) -> None:
        """Say by UDP that the answer for `name` must be fetched by TCP."""
        self._truncated.add(name)

    def close_tcp(self) -> None:
        """Answer only UDP from now on, as behind a careless firewall."""
        self._tcp.shutdown()
        self._tcp.server_close()

    def garble(self, name: str) -> None:
        """Answer for `name` with bytes that are no DNS message."""
        self._garbled.add(name)

    def misanswer(self, name: str, how: str) -> None:
        """Answer questions for `name` under another "id", or another "question"."""
        self._misanswered[name] = how

    def reply(self, wire: bytes, *, udp: bool) -> bytes | None:
        query = dns.message.from_wire(wire)
        if query.edns >= 0 and not self.knows_edns:  # RFC 6891 section 7
            return wire[:2] + bytes((wire[2] | 0x80, dns.rcode.FORMERR)) + b"\0" * 8
        question = query.question[0]
        name, kind = (
            question.name.to_text(omit_final_dot=True).lower(),
            dns.rdatatype.to_text(question.rdtype),
        )
        self.asked[(name, kind)] += 1
        if name in self._silent:
            return None
        if name in self._garbled:
            return wire[:2] + b"\xff" * 8
        response = dns.message.make_response(query)
        response.flags |= dns.flags.AA
        if udp and name in self._truncated:
            response.flags |= dns.flags.TC
            return response.to_wire()
        self._fill(response, name, kind)
        if self._misanswered.get(name) == "id":
            response.id ^= 1
        if self._misanswered.get(name) == "question":
            response.question = [
                dns.rrset.RRset(dns.name.from_text("other.example"), dns.rdataclass.IN, question.rdtype)
            ]
        return response.to_wire(max_size=65535)

    def _fill(self, response: dns.message.Message, name: str, kind: str) -> None:
        if name in self._rcodes:
            response.set_rcode(self._rcodes[name])
            return
        for owner in (name, ANY_NAME):
            for shown in dict.fromkeys((kind, "CNAME")):
                if records := self._turn(owner, shown):
                    ttl = self._ttls[owner]
                    response.answer.append(dns.rrset.from_text(f"{name}.", ttl, "IN", shown, *records))
                    return
        if not self._exists(name):
            response.set_rcode(dns.rcode.NXDOMAIN)

    def _turn(self, name: str, kind: str) -> list[str]:
        turns = self._answers.get((name, kind))
        if not turns:
            return []
        return turns.pop(0) if len(turns) > 1 else turns[0]

    def _exists(self, name: str) -> bool:
        return any(owner == name or owner.endswith(f".{name}") for owner, _ in self._answers)


class _UdpHandler(socketserver.BaseRequestHandler):
    server: _Udp

    def handle(self) -> None:
        wire, connection = self.request
        answer = self.server.dns.reply(wire, udp=True)
        if answer is not None:
            connection.sendto(answer, self.client_address)


class _TcpHandler(socketserver.StreamRequestHandler):
    server: _Tcp

    def handle(self) -> None:
        head = self.rfile.read(2)
        if len(head) < 2:
            return
        wire = self.rfile.read(struct.unpack("!H", head)[0])
        answer = self.server.dns.reply(wire, udp=False)
        if answer is not None:
            self.wfile.write(struct.pack("!H", len(answer)) + answer)


class _Udp(socketserver.ThreadingUDPServer):
    dns: DnsServer
    daemon_threads = True
    max_packet_size = 65535


class _Tcp(socketserver.ThreadingTCPServer):
    dns: DnsServer
    daemon_threads = True
    allow_reuse_address = True


def _both(owner: DnsServer) -> tuple[_Udp, _Tcp]:
    """Bind both servers to one port. Tries until UDP's ephemeral port is free for TCP as well."""
    while True:
        udp = _Udp(("127.0.0.1", 0), _UdpHandler)
        try:
            tcp = _Tcp(udp.server_address, _TcpHandler)
        except OSError:
            udp.server_close()
            continue
        udp.dns = tcp.dns = owner
        return udp, tcp


def unused_udp_port() -> int:
    """A port where nobody answers (until somebody takes it)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
