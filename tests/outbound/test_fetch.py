from __future__ import annotations

from ipaddress import ip_network

import pytest

from revocation.outbound.failure import FetchFailed
from tests.outbound.conftest import NETWORKS, MakeFetcher
from tests.servers.dns_server import DnsServer
from tests.servers.web_server import FORBIDDEN, PUBLIC, WebServer, redirect, response

SITE = "example.com"


@pytest.fixture(autouse=True)
def site(dns_server: DnsServer) -> None:
    dns_server.answer(SITE, "A", PUBLIC)


def failure(fetcher: MakeFetcher, url: str = f"http://{SITE}/", **changes: object) -> FetchFailed:
    with pytest.raises(FetchFailed) as failed:
        fetcher(**changes).get(url)
    return failed.value


def test_an_answer_is_brought_with_its_address(fetcher: MakeFetcher, web: WebServer) -> None:
    web.pages["/x?y"] = response(b"hello", X_Kind="test")
    fetched = fetcher().get(f"http://{SITE}/x?y")
    assert (fetched.status, fetched.body, fetched.truncated) == (200, b"hello", False)
    assert (fetched.address, fetched.headers["x-kind"]) == (PUBLIC, "test")
    assert [hop.status for hop in fetched.hops] == [200]


def test_the_request_names_the_host_and_asks_for_no_compression(fetcher: MakeFetcher, web: WebServer) -> None:
    fetcher().get(f"http://{SITE}/")
    sent = web.requests[0].decode().split("\r\n")
    assert sent[0] == "GET / HTTP/1.1"
    assert {f"Host: {SITE}", "Accept-Encoding: identity", "Connection: close"} <= set(sent)


def test_a_post_carries_its_body_and_follows_nothing(fetcher: MakeFetcher, web: WebServer) -> None:
    web.pages["/"] = redirect("/elsewhere")
    with pytest.raises(FetchFailed) as failed:
        fetcher().post(f"http://{SITE}/", b"\x30\x00", "application/ocsp-request")
    assert failed.value.code == "too_many_redirects"
    assert web.requests[0].endswith(b"Content-Type: application/ocsp-request\r\nContent-Length: 2\r\n\r\n\x30\x00")


def test_statuses_are_no_failures(fetcher: MakeFetcher) -> None:
    assert fetcher().get(f"http://{SITE}/missing").status == 404


# -- O8: where a connection may go ---------------------------------------------


@pytest.mark.parametrize(
    "kind_and_address", [("A", FORBIDDEN), ("A", "10.0.0.1"), ("AAAA", "::1"), ("AAAA", f"::ffff:{PUBLIC}")]
)
def test_O8_a_name_with_a_forbidden_address_is_not_visited(
    dns_server: DnsServer, fetcher: MakeFetcher, forbidden: WebServer, kind_and_address: tuple[str, str]
) -> None:
    dns_server.answer("bad.example.com", *kind_and_address)
    failed = failure(fetcher, "http://bad.example.com/")
    assert failed.code == "address_not_public"
    assert forbidden.connections == 0


@pytest.mark.parametrize("kind_and_address", [("A", FORBIDDEN), ("AAAA", "::1"), ("AAAA", "64:ff9b::7f00:1")])
def test_O8_one_forbidden_address_among_good_ones_refuses_them_all(
    dns_server: DnsServer,
    fetcher: MakeFetcher,
    web: WebServer,
    forbidden: WebServer,
    kind_and_address: tuple[str, str],
) -> None:
    kind, address = kind_and_address
    dns_server.answer("mixed.example.com", "A", PUBLIC)
    dns_server.answer("mixed.example.com", kind, *([PUBLIC, address] if kind == "A" else [address]))
    assert failure(fetcher, "http://mixed.example.com/").code == "address_not_public"
    assert (web.connections, forbidden.connections) == (0, 0)


def test_O8_rebinding_between_check_and_connection_changes_nothing(
    dns_server: DnsServer, fetcher: MakeFetcher, web: WebServer, forbidden: WebServer
) -> None:
    dns_server.answers_in_turn("rebound.example.com", "A", [PUBLIC], [FORBIDDEN], ttl=0)
    fetched = fetcher().get("http://rebound.example.com/")
    assert (fetched.address, web.connections, forbidden.connections) == (PUBLIC, 1, 0)
    assert dns_server.asked[("rebound.example.com", "A")] == 1


def test_O8_rebinding_before_a_redirect_is_seen(
    dns_server: DnsServer, fetcher: MakeFetcher, web: WebServer, forbidden: WebServer
) -> None:
    dns_server.answers_in_turn("rebound.example.com", "A", [PUBLIC], [FORBIDDEN], ttl=0)
    web.pages["/"] = redirect("/again")
    failed = failure(fetcher, "http://rebound.example.com/")
    assert (failed.code, [hop.status for hop in failed.hops]) == ("address_not_public", [302])
    assert (web.connections, forbidden.connections) == (1, 0)


@pytest.mark.parametrize(
    "location",
    [f"http://{FORBIDDEN}/", "http://[::1]/", "http://[::ffff:7f00:1]/", "http://bad.example.com/"],
)
def test_O8_a_redirect_to_a_forbidden_address_is_not_followed(
    dns_server: DnsServer, fetcher: MakeFetcher, web: WebServer, forbidden: WebServer, location: str
) -> None:
    dns_server.answer("bad.example.com", "A", FORBIDDEN)
    web.pages["/"] = redirect(location)
    assert failure(fetcher, same_registrable_domain=False).code == "address_not_public"
    assert (web.connections, forbidden.connections) == (1, 0)


def test_O8_without_test_networks_loopback_is_never_reached(
    dns_server: DnsServer, fetcher: MakeFetcher, web: WebServer
) -> None:
    assert failure(fetcher, test_networks=()).code == "address_not_public"
    assert web.connections == 0


def test_O8_the_counting_server_does_count(dns_server: DnsServer, fetcher: MakeFetcher, forbidden: WebServer) -> None:
    dns_server.answer("bad.example.com", "A", FORBIDDEN)
    fetcher(test_networks=(ip_network("127.0.0.0/8"),)).get("http://bad.example.com/")
    assert forbidden.connections == 1


def test_O8_proxies_of_the_environment_are_not_used(
    fetcher: MakeFetcher, web: WebServer, forbidden: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://{FORBIDDEN}:{forbidden.port}")
    fetcher().get(f"http://{SITE}/")
    assert (web.connections, forbidden.connections) == (1, 0)


def test_the_next_address_is_tried_when_one_refuses(
    dns_server: DnsServer, fetcher: MakeFetcher, web: WebServer
) -> None:
    dns_server.answer("two.example.com", "A", "127.0.0.3", PUBLIC)
    both = (*NETWORKS, ip_network("127.0.0.3"))
    assert fetcher(test_networks=both).get("http://two.example.com/").address == PUBLIC


# -- O6: redirects -------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_O6_two_redirects_within_the_domain_are_followed(
    dns_server: DnsServer, fetcher: MakeFetcher, web: WebServer, status: int
) -> None:
    dns_server.answer("www.example.com", "A", PUBLIC)
    web.pages |= {
        "/": redirect("http://www.example.com/2", status),
        "/2": redirect("/3", status),
        "/3": response(b"end"),
    }
    fetched = fetcher().get(f"http://{SITE}/")
    assert (fetched.body, fetched.url) == (b"end", "http://www.example.com/3")
    assert [hop.status for hop in fetched.hops] == [status, status, 200]


def test_O6_a_third_redirect_is_not_followed(fetcher: MakeFetcher, web: WebServer) -> None:
    web.pages["/"] = redirect("/")
    assert failure(fetcher).code == "too_many_redirects"
    assert web.connections == 3


@pytest.mark.parametrize("status", [300, 303, 304, 305, 306])
def test_O6_other_redirects_are_refused(fetcher: MakeFetcher, web: WebServer, status: int) -> None:
    web.pages["/"] = redirect("/x", status)
    failed = failure(fetcher)
    assert (failed.code, failed.params["status"]) == ("redirect_status_not_allowed", status)


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://example.net/", "redirect_elsewhere"),
        ("//example.net/", "redirect_elsewhere"),
        ("http://example.com.evil.org/", "redirect_elsewhere"),
        (f"http://{PUBLIC}/", "redirect_elsewhere"),
        ("http://example.com:8080/", "port_not_allowed"),
        ("http://user@example.com/", "userinfo_not_allowed"),
        ("ftp://example.com/", "scheme_not_allowed"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("http://[fe80::1%25lo]/", "url_malformed"),
        ("/x\r\n y", "redirect_malformed"),
        ("/x\\y", "redirect_malformed"),
    ],
)
def test_O6_redirects_that_lead_astray_are_refused(
    fetcher: MakeFetcher, web: WebServer, location: str, code: str
) -> None:
    web.pages["/"] = redirect(location)
    assert failure(fetcher).code == code
    assert web.connections == 1


def test_O6_two_domains_under_one_public_suffix_are_different(
    dns_server: DnsServer, fetcher: MakeFetcher, web: WebServer
) -> None:
    dns_server.answer("a.co.uk", "A", PUBLIC)
    web.pages["/"] = redirect("http://b.co.uk/")
    assert failure(fetcher, "http://a.co.uk/").code == "redirect_elsewhere"


@pytest.mark.parametrize("raw", [b"HTTP/1.1 302 x\r\n\r\n", b"HTTP/1.1 302 x\r\nLocation: /a\r\nLocation: /b\r\n\r\n"])
def test_O6_a_redirect_names_one_place(fetcher: MakeFetcher, web: WebServer, raw: bytes) -> None:
    web.pages["/"] = raw
    assert failure(fetcher).code == "redirect_malformed"


def test_T15_a_meta_refresh_is_not_followed(fetcher: MakeFetcher, web: WebServer) -> None:
    web.pages["/"] = response(b'<meta http-equiv="refresh" content="0;url=http://127.0.0.1/">', Refresh="0;url=/x")
    assert fetcher().get(f"http://{SITE}/").status == 200
    assert web.connections == 1
