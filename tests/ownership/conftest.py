from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network

import pytest

from revocation.outbound.dns.resolver import DnsView
from revocation.outbound.fetch import Fetcher
from revocation.ownership.challenge import Challenge, new_challenge
from revocation.ownership.http import file_policy
from tests.servers.dns_server import DnsServer
from tests.servers.web_server import PUBLIC, WebServer, self_signed_context


@pytest.fixture
def challenge() -> Challenge:
    return new_challenge()


@pytest.fixture
def dns_server() -> Iterator[DnsServer]:
    with DnsServer() as server:
        server.answer("example.com", "A", PUBLIC)
        server.answer("www.example.com", "A", PUBLIC)
        yield server


@pytest.fixture
def view(dns_server: DnsServer) -> DnsView:
    return DnsView(dns_server.nameservers, timeout=1.0)


@pytest.fixture
def web() -> Iterator[WebServer]:
    with WebServer() as server:
        yield server


@pytest.fixture
def secure_web() -> Iterator[WebServer]:
    with WebServer(tls=self_signed_context()) as server:
        yield server


@pytest.fixture
def fetcher(view: DnsView, web: WebServer, secure_web: WebServer) -> Fetcher:
    policy = file_policy((ip_network(PUBLIC),), {80: web.port, 443: secure_web.port})
    return Fetcher(replace(policy, seconds=1.0), view)
