"""O8: which certificate a server shows. Real handshakes on loopback, and a forbidden listener that sees nobody."""

from __future__ import annotations

import time
from typing import Any

import pytest

from revocation.outbound.failure import FetchFailed
from revocation.outbound.fetch import Fetcher
from revocation.outbound.served import served_certificate
from revocation.pki.facts import read_certificate
from tests.outbound.conftest import MakeFetcher
from tests.servers.dns_server import DnsServer
from tests.servers.web_server import FORBIDDEN, PUBLIC, WebServer, response, silent

SITE = "example.com"


@pytest.fixture(autouse=True)
def site(dns_server: DnsServer) -> None:
    dns_server.answer(SITE, "A", PUBLIC)


@pytest.fixture
def secure(secure_web: WebServer, fetcher: MakeFetcher) -> tuple[WebServer, MakeFetcher]:
    def make(**changes: Any) -> Fetcher:
        return fetcher(test_ports={443: secure_web.port}, **changes)

    return secure_web, make


def failure(fetcher: Fetcher) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        served_certificate(SITE, fetcher)
    return failed.value


def test_O8_what_is_shown_is_brought_although_it_is_for_another_name_and_expired(
    secure: tuple[WebServer, MakeFetcher],
) -> None:
    web, make = secure
    shown = served_certificate(SITE, make())
    assert read_certificate(shown.der).common_name == "somebody-else.example"
    assert (shown.address, web.server_names) == (PUBLIC, [SITE])
    until = time.monotonic() + 10
    while not web.ended and time.monotonic() < until:
        time.sleep(0.01)
    assert (web.connections, web.ended, b"".join(web.requests)) == (1, 1, b"")  # no byte was sent


def test_O8_a_name_with_a_forbidden_address_among_others_is_not_connected_to(
    dns_server: DnsServer, fetcher: MakeFetcher, web: WebServer, forbidden: WebServer
) -> None:
    dns_server.answer(SITE, "A", PUBLIC, FORBIDDEN)
    assert failure(fetcher()).code == "address_not_public"
    assert (web.connections, forbidden.connections) == (0, 0)


def test_threat_16_a_stalled_handshake_ends(secure: tuple[WebServer, MakeFetcher]) -> None:
    web, make = secure
    web.before_tls = silent
    started = time.monotonic()
    assert failure(make(seconds=0.5)).code == "timed_out"
    assert time.monotonic() - started < 20


def test_a_server_without_tls_is_said_to_have_none(fetcher: MakeFetcher, web: WebServer) -> None:
    web.before_tls = lambda connection, _: connection.sendall(response(b"no TLS here"))
    assert failure(fetcher()).code == "tls_failed"


def test_a_name_that_does_not_exist(dns_server: DnsServer, fetcher: MakeFetcher) -> None:
    with pytest.raises(FetchFailed) as failed:
        served_certificate("nowhere.example.com", fetcher())
    assert failed.value.code in ("name_does_not_exist", "name_has_no_address")
