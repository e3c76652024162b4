"""The customers' side of the demo: a name server and a web server on loopback that serve what `/demo/` published."""

from __future__ import annotations

import os
import socketserver
import struct
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from django.conf import settings
from django.db import close_old_connections
from dns.rdtypes.ANY.TXT import TXT

from demo import updates
from demo.delegations import BY_FILE as PASSED_ON
from demo.models import PublishedFile, PublishedRecord
from revocation.models import DelegatedMethod, Delegation
from revocation.ownership.challenge import FILE_FOLDER

HOST = "127.0.0.1"
ZONES = ("aurora.example", "xinghe.example", "proofs.example")
TTL = 5
"""Seconds: short, so that a corrected record is seen at the next check."""


def dns_port() -> int:
    return int(os.environ.get("DEMO_DNS_PORT", "5533"))


def http_port() -> int:
    return int(os.environ.get("DEMO_HTTP_PORT", "8053"))


def in_our_zones(name: str) -> bool:
    return any(name == zone or name.endswith(f".{zone}") for zone in ZONES)


def reply(wire: bytes) -> bytes:
    """Answer a DNS query: published records, 127.0.0.1 for plain names of the demo's zones, else NXDOMAIN.

    A signed update changes what is published.
    """
    query = dns.message.from_wire(wire, keyring=updates.keyring())
    if updates.is_update(query):
        return updates.applied(query).to_wire()
    response = dns.message.make_response(query)
    response.flags |= dns.flags.AA
    if not query.question:
        response.set_rcode(dns.rcode.FORMERR)
        return response.to_wire()
    question = query.question[0]
    name = question.name.to_text(omit_final_dot=True).lower()
    records = list(PublishedRecord.objects.filter(name=name))
    if not in_our_zones(name) or (name.startswith("_") and not records):
        response.set_rcode(dns.rcode.NXDOMAIN)
    elif records:
        _answer_published(response, question, records)
    elif question.rdtype == dns.rdatatype.A:
        response.answer.append(dns.rrset.from_text(question.name, TTL, "IN", "A", HOST))
    return response.to_wire()


def _answer_published(response: dns.message.Message, question: dns.rrset.RRset, records: list[PublishedRecord]) -> None:
    kinds = {dns.rdatatype.to_text(question.rdtype), "CNAME"}
    for record in records:
        if record.kind in kinds:
            response.answer.append(dns.rrset.from_rdata(question.name, TTL, RDATA[record.kind](record.value)))


LONGEST_STRING = 255
"""Bytes of one character string (RFC 1035 section 3.3)."""


def txt(value: str) -> dns.rdata.Rdata:
    """A TXT record of the value as it is, quotation marks and all, in as many strings as it needs."""
    data = value.encode()
    parts = [data[start : start + LONGEST_STRING] for start in range(0, len(data), LONGEST_STRING)]
    return TXT(dns.rdataclass.IN, dns.rdatatype.TXT, parts)


def cname(value: str) -> dns.rdata.Rdata:
    """A CNAME record. Raises `dns.exception.DNSException` when the value is no name."""
    return dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.CNAME, f"{value.rstrip('.')}.")


RDATA = {"TXT": txt, "CNAME": cname}


class UdpHandler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, socket = self.request
        close_old_connections()
        try:
            socket.sendto(reply(wire), self.client_address)
        except dns.exception.DNSException:
            return  # not a DNS query: no answer


class TcpHandler(socketserver.StreamRequestHandler):
    """DNS over TCP: a length of two bytes before each message (RFC 1035 section 4.2.2)."""

    timeout = 5

    def handle(self) -> None:
        close_old_connections()
        try:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            wire = reply(self.rfile.read(length))
        except (dns.exception.DNSException, struct.error, OSError):
            return
        self.wfile.write(struct.pack("!H", len(wire)) + wire)


def published(host: str, path: str) -> str:
    file = PublishedFile.objects.filter(host=host, path=path).first()
    return file.content if file else ""


def passed_on(host: str, path: str) -> str:
    """Ask the portal as a customer's reverse proxy would, and return its answer; '' when the host forwards nothing."""
    delegation = Delegation.objects.filter(domain=host, method=DelegatedMethod.FILE_PROXY).first()
    if host not in PASSED_ON or delegation is None or not path.startswith(FILE_FOLDER):
        return ""
    address = f"{settings.PORTAL_URL}/delegated/{delegation.token}/{path.removeprefix(FILE_FOLDER)}"
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - the portal's own address
            return str(answer.read().decode())
    except OSError:
        return ""


class WebHandler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        close_old_connections()
        host = self.headers.get("Host", "").split(":")[0].lower()
        content = passed_on(host, self.path) or published(host, self.path)
        body = (content or f"There is no {self.path} on {host}.\n").encode()
        self.send_response(200 if content else 404)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Log nothing: the portal shows what its checks saw."""


class UdpServer(socketserver.ThreadingUDPServer):
    allow_reuse_address = daemon_threads = True


class TcpServer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


def servers() -> list[socketserver.BaseServer]:
    """The three servers, bound and ready to serve."""
    dns_address = (HOST, dns_port())
    return [
        UdpServer(dns_address, UdpHandler),
        TcpServer(dns_address, TcpHandler),
        ThreadingHTTPServer((HOST, http_port()), WebHandler),
    ]
