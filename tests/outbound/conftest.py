from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import ip_network
from typing import Any

import pytest

from revocation.outbound.dns.resolver import DnsView
from revocation.outbound.fetch import Fetcher, FetchPolicy
from tests.servers.dns_server import DnsServer
from tests.servers.web_server import PUBLIC, WebServer, public_and_forbidden, self_signed_context

NETWORKS = (ip_network(PUBLIC),)

MakeFetcher = Callable[..., Fetcher]


@pytest.fixture
def dns_server() -> Iterator[DnsServer]:
    with DnsServer() as server:
        yield server


@pytest.fixture
def view(dns_server: DnsServer) -> DnsView:
    return DnsView(dns_server.nameservers, timeout=1.0)


@pytest.fixture
def servers() -> Iterator[tuple[WebServer, WebServer]]:
    with public_and_forbidden() as both:
        yield both


@pytest.fixture
def web(servers: tuple[WebServer, WebServer]) -> WebServer:
    return servers[0]


@pytest.fixture
def forbidden(servers: tuple[WebServer, WebServer]) -> WebServer:
    return servers[1]


@pytest.fixture
def secure_web() -> Iterator[WebServer]:
    with WebServer(tls=self_signed_context()) as server:
        yield server


@pytest.fixture
def fetcher(view: DnsView, web: WebServer) -> MakeFetcher:
    """A function that makes a Fetcher. Its ports 80 and 443 lead to the web server, its only allowed loopback is
    PUBLIC."""

    def make(**changes: Any) -> Fetcher:
        settings: Any = {"seconds": 5.0, "test_networks": NETWORKS, "test_ports": {80: web.port, 443: web.port}}
        return Fetcher(FetchPolicy(**settings | changes), view)

    return make
