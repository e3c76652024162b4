"""Threat 16: whatever the other side does, a fetch ends within its bound and with little memory."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
from dataclasses import replace

import pytest

from revocation.outbound.dns.resolver import DnsView
from revocation.outbound.failure import MESSAGES, FetchFailed
from revocation.outbound.fetch import MAX_ADDRESSES, Fetcher
from tests.outbound.conftest import MakeFetcher
from tests.servers.dns_server import DnsServer
from tests.servers.web_server import PUBLIC, Behaviour, WebServer, dripping, flooding, response, silent

pytestmark = pytest.mark.slow

SITE = "example.com"
OK = b"HTTP/1.1 200 OK\r\n"
BOUND = 0.4
SLACK = 10.0  # a busy machine wakes late; without the deadline each of these would go on for ever


@pytest.fixture(autouse=True)
def site(dns_server: DnsServer) -> None:
    dns_server.answer(SITE, "A", PUBLIC)


def failure(fetcher: Fetcher, url: str = f"http://{SITE}/") -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        fetcher.get(url)
    return failed.value


DRIPS = {
    "nothing": silent,
    "status line": dripping(b"HTTP/1.1 "),
    "header": dripping(OK + b"X-Slow: "),
    "continue": dripping(b"", drop=b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body of known length": dripping(OK + b"Content-Length: 4000\r\n\r\n"),
    "body of unknown length": dripping(OK + b"\r\n"),
    "chunks": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n", drop=b"1\r\nx\r\n"),
    "chunk extension": dripping(OK + b"Transfer-Encoding: chunked\r\n\r\n1;"),
}


@pytest.mark.parametrize("behaviour", DRIPS.values(), ids=DRIPS)
def test_T16_drips_end_at_the_deadline(fetcher: MakeFetcher, web: WebServer, behaviour: Behaviour) -> None:
    web.pages["/"] = behaviour
    started = time.monotonic()
    assert failure(fetcher(seconds=BOUND)).code == "timed_out"
    assert time.monotonic() - started < BOUND + SLACK


@pytest.mark.parametrize("behaviour", [silent, dripping(b"\x16\x03\x03\x40\x00")], ids=["silent", "dripping"])
def test_T16_a_stalled_handshake_ends_at_the_deadline(
    fetcher: MakeFetcher, web: WebServer, behaviour: Behaviour
) -> None:
    web.before_tls = behaviour
    started = time.monotonic()
    assert failure(fetcher(seconds=BOUND), f"https://{SITE}/").code == "timed_out"
    assert time.monotonic() - started < BOUND + SLACK


def test_T16_the_deadline_is_for_all_hops_together(fetcher: MakeFetcher, web: WebServer) -> None:
    def late(connection: socket.socket, stopping: object) -> None:
        time.sleep(0.3)
        connection.sendall(b"HTTP/1.1 302 x\r\nLocation: /\r\n\r\n")

    web.pages["/"] = late
    started = time.monotonic()
    assert failure(fetcher(seconds=BOUND)).code == "timed_out"
    assert time.monotonic() - started < BOUND + SLACK


FLOODS = {
    "body of unknown length": (flooding(OK + b"\r\n"), ""),
    "body of huge length": (flooding(OK + b"Content-Length: 99999999999\r\n\r\n"), ""),
    "one huge chunk": (flooding(OK + b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n"), ""),
    "chunk extension": (flooding(OK + b"Transfer-Encoding: chunked\r\n\r\n1;"), "answer_malformed"),
    "one header": (flooding(OK + b"X-Large: "), "headers_too_large"),
    "many headers": (flooding(OK, b"X: y\r\n" * 1000), "answer_malformed"),
    "continue": (flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "headers_too_large"),
    "no HTTP": (flooding(b"SSH-2.0-x\r\n"), "answer_malformed"),
    "negative chunk": (flooding(OK + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n"), "body_too_large"),
}


@pytest.mark.parametrize(("behaviour", "code"), FLOODS.values(), ids=FLOODS)
def test_T16_floods_cost_little_memory(fetcher: MakeFetcher, web: WebServer, behaviour: Behaviour, code: str) -> None:
    web.pages["/"] = behaviour
    probe = fetcher()
    tracemalloc.start()
    try:
        if code:
            assert failure(probe).code == code
        else:
            fetched = probe.get(f"http://{SITE}/")
            assert (len(fetched.body), fetched.truncated) == (4096, True)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("size", "truncated"), [(4095, False), (4096, False), (4097, True)])
def test_T16_the_body_limit_is_inclusive(fetcher: MakeFetcher, web: WebServer, size: int, truncated: bool) -> None:
    web.pages["/"] = response(b"x" * size)
    fetched = fetcher().get(f"http://{SITE}/")
    assert (len(fetched.body), fetched.truncated) == (min(size, 4096), truncated)


def test_T16_nothing_is_decompressed(fetcher: MakeFetcher, web: WebServer) -> None:
    bomb = gzip.compress(b"\0" * 2_000_000)
    web.pages["/"] = response(bomb, Content_Encoding="gzip")
    assert fetcher().get(f"http://{SITE}/").body == bomb[:4096]


def test_T16_too_many_addresses_are_refused(dns_server: DnsServer, fetcher: MakeFetcher, web: WebServer) -> None:
    dns_server.truncate("many.example.com")
    dns_server.answer("many.example.com", "A", *(f"127.0.1.{last}" for last in range(MAX_ADDRESSES + 1)))
    failed = failure(fetcher(), "http://many.example.com/")
    assert (failed.code, failed.params["count"]) == ("too_many_addresses", MAX_ADDRESSES + 1)
    assert web.connections == 0


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("gone.example.net", "name_does_not_exist"),
        ("text.example.net", "name_has_no_address"),
        ("broken.example.net", "dns_failed"),
        ("silent.example.net", "dns_timed_out"),
    ],
)
def test_names_without_addresses_say_why(dns_server: DnsServer, fetcher: MakeFetcher, name: str, code: str) -> None:
    dns_server.answer("text.example.net", "TXT", '"x"')
    dns_server.fail("broken.example.net", "SERVFAIL")
    dns_server.be_silent("silent.example.net")
    quick = replace(fetcher(), resolver=DnsView(dns_server.nameservers, timeout=0.3))
    assert failure(quick, f"http://{name}/").code == code


@pytest.mark.parametrize(
    "start",
    [b"", OK + b"Content-Length: 4\r\n\r\nab", OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"],
)
def test_an_answer_cut_short_is_no_whole_one(fetcher: MakeFetcher, web: WebServer, start: bytes) -> None:
    web.pages["/"] = start
    assert failure(fetcher()).code == "connection_lost"


@pytest.mark.parametrize("raw", [b"\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"hello\r\n\r\n"])
def test_what_is_not_http_is_refused(fetcher: MakeFetcher, web: WebServer, raw: bytes) -> None:
    web.pages["/"] = raw
    assert failure(fetcher()).code == "answer_malformed"


def test_a_closed_port_says_so(fetcher: MakeFetcher, dns_server: DnsServer) -> None:
    with socket.create_server((PUBLIC, 0)) as taken:
        port = taken.getsockname()[1]
    failed = failure(fetcher(test_ports={80: port}))
    assert (failed.code, failed.params) == ("connection_refused", {"address": PUBLIC, "port": port})


def test_O8_a_connection_that_ends_elsewhere_is_given_up(
    fetcher: MakeFetcher, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Diverted(socket.socket):
        def getpeername(self) -> tuple[str, int]:
            return ("127.0.0.1", 1)

    monkeypatch.setattr(socket, "socket", Diverted)
    assert failure(fetcher()).code == "peer_differs"
    assert web.requests == [] or web.requests == [b""]


# -- TLS -----------------------------------------------------------------------


def test_O6_tls_errors_on_the_way_are_ignored_when_the_policy_says_so(
    fetcher: MakeFetcher, secure_web: WebServer
) -> None:
    secure_web.pages["/"] = response(b"secure")
    tolerant = fetcher(verify_tls=False, test_ports={443: secure_web.port})
    assert tolerant.get(f"https://{SITE}/").body == b"secure"
    assert secure_web.server_names == [SITE]


def test_tls_errors_count_otherwise(fetcher: MakeFetcher, secure_web: WebServer) -> None:
    assert failure(fetcher(test_ports={443: secure_web.port}), f"https://{SITE}/").code == "tls_failed"


def test_a_server_without_tls_says_so(fetcher: MakeFetcher, web: WebServer) -> None:
    def plain(connection: socket.socket, stopping: object) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    web.before_tls = plain
    assert failure(fetcher(verify_tls=False), f"https://{SITE}/").code == "tls_failed"


def test_every_sentence_says_something_after_filling() -> None:
    for sentence in MESSAGES.values():
        assert sentence.endswith(".")
        assert sentence.count("%") == sentence.count("%(")
