from __future__ import annotations

import pytest

from revocation.outbound.failure import FetchFailed
from revocation.outbound.url import redirected, web_address

PORTS = frozenset({80, 443})
HERE = web_address("http://example.com/a/b?c", PORTS)

REFUSED = [
    ("ftp://example.com/", "scheme_not_allowed"),
    ("file:///etc/passwd", "scheme_not_allowed"),
    ("gopher://example.com/", "scheme_not_allowed"),
    ("javascript:alert(1)", "scheme_not_allowed"),
    ("http://user@example.com/", "userinfo_not_allowed"),
    ("http://user:word@example.com/", "userinfo_not_allowed"),
    ("http://example.com@127.0.0.1/", "userinfo_not_allowed"),
    ("http://example.com:8080/", "port_not_allowed"),
    ("http://example.com:0/", "port_not_allowed"),
    ("https://example.com:22/", "port_not_allowed"),
    ("http://example.com:99999/", "url_malformed"),
    ("http://example.com:x/", "url_malformed"),
    ("http:///nowhere", "url_malformed"),
    ("http://[::1/", "url_malformed"),
    ("http://[fe80::1%25eth0]/", "url_malformed"),
    ("http://example。com/", "url_malformed"),
    ("http://exämple.com/", "url_malformed"),
    ("http://example.com/a b", "url_malformed"),
    ("http://example.com/\r\nHost: x", "url_malformed"),
    ("http://example.com\\@127.0.0.1/", "url_malformed"),
    ("http://2130706433/", "url_malformed"),
    ("http://127.1/", "url_malformed"),
    ("http://example%2ecom/", "url_malformed"),
    ("http://-example.com/", "url_malformed"),
    ("http://a..example.com/", "url_malformed"),
    (f"http://{'x' * 64}.example.com/", "url_malformed"),
    (f"http://example.com/{'x' * 3000}", "url_malformed"),
]


@pytest.mark.parametrize(("url", "code"), REFUSED)
def test_T15_addresses_a_probe_does_not_visit(url: str, code: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        web_address(url, PORTS)
    assert failed.value.code == code


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "authority"),
    [
        ("http://Example.COM", "example.com", 80, "/", "example.com"),
        ("https://example.com./x", "example.com", 443, "/x", "example.com"),
        ("https://example.com:80/x?y#z", "example.com", 80, "/x?y", "example.com:80"),
        ("http://_a.xn--bcher-kva.example/", "_a.xn--bcher-kva.example", 80, "/", "_a.xn--bcher-kva.example"),
        ("http://192.0.2.1/", "192.0.2.1", 80, "/", "192.0.2.1"),
        ("http://[2001:db8::1]:443/", "2001:db8::1", 443, "/", "[2001:db8::1]:443"),
    ],
)
def test_addresses_are_taken_apart(url: str, host: str, port: int, path: str, authority: str) -> None:
    address = web_address(url, PORTS)
    assert (address.host, address.port, address.path, address.authority) == (host, port, path, authority)


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/x", "http://example.com/x"),
        ("x", "http://example.com/a/x"),
        ("//other.example/x", "http://other.example/x"),
        ("https://example.com/x", "https://example.com/x"),
        ("../../../x", "http://example.com/x"),
    ],
)
def test_redirects_may_be_relative(location: str, url: str) -> None:
    assert redirected(HERE, location, PORTS).url == url


@pytest.mark.parametrize("location", ["", " /x", "/x\r\n y", "/x\ty", "http://a b/", "/é", "http://[::1", "\x00"])
def test_T15_malformed_redirects_are_refused(location: str) -> None:
    with pytest.raises(FetchFailed) as failed:
        redirected(HERE, location, PORTS)
    assert failed.value.code == "redirect_malformed"
