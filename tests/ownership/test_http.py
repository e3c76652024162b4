from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from revocation.outbound.dns.resolver import DnsView
from revocation.outbound.fetch import Fetcher
from revocation.ownership.challenge import FILE_FOLDER, Challenge, new_challenge
from revocation.ownership.http import MAX_BODY, check_file
from revocation.ownership.outcome import Outcome
from tests.servers.dns_server import DnsServer
from tests.servers.web_server import FORBIDDEN, WebServer, dripping, redirect, response, silent

pytestmark = pytest.mark.slow

NAME = "example.com"
Check = Callable[..., Outcome]


@pytest.fixture
def path(challenge: Challenge) -> str:
    return FILE_FOLDER + challenge.file_name


@pytest.fixture
def check(fetcher: Fetcher, challenge: Challenge) -> Check:
    def checked(name: str = NAME, using: Fetcher = fetcher) -> Outcome:
        outcome = check_file(name, challenge, using)
        assert outcome.sentence  # every placeholder is filled
        return outcome

    return checked


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"], ids=ascii)
def test_O6_the_value_as_the_whole_content_proves(
    check: Check, web: WebServer, challenge: Challenge, path: str, end: bytes
) -> None:
    web.pages[path] = response(challenge.value.encode() + end)
    outcome = check()
    assert (outcome.proven, outcome.code) == (True, "proven")
    assert outcome.where == f"http://example.com{path}"


HEAD = b"HTTP/1.1 200 OK\r\n"
SENT = {
    "in chunks": (
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n%(five)s\r\n23;x=y\r\n%(rest)s\r\n0\r\n\r\n",
        "proven",
    ),
    "HTTP/1.0 without a length": (b"HTTP/1.0 200 OK\r\n\r\n%(value)s\n", "proven"),
    "no length and the end": (HEAD + b"\r\n%(value)s", "proven"),
    "a page's content type": (HEAD + b"Content-Type: text/html\r\nContent-Length: 40\r\n\r\n%(value)s", "proven"),
    "a length too long": (HEAD + b"Content-Length: 41\r\n\r\n%(value)s", "connection_lost"),
    "a length too short": (HEAD + b"Content-Length: 39\r\n\r\n%(value)s", "file_differs"),
    "chunks without an end": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n%(five)s\r\n", "connection_lost"),
    "no content (204)": (b"HTTP/1.1 204 No Content\r\n\r\n", "file_status"),
    "a circle of redirects": (b"HTTP/1.1 302 x\r\nLocation: %(path)s\r\n\r\n", "too_many_redirects"),
    "a circle between http and https": (b"HTTP/1.1 301 x\r\nLocation: https://example.com%(path)s\r\n\r\n", "proven"),
    "two byte letters, no mark": (HEAD + b"\r\n%(wide)s", "file_byte_order_mark"),
}


@pytest.mark.parametrize(("raw", "code"), SENT.values(), ids=SENT)
def test_O6_however_it_is_sent(
    check: Check, web: WebServer, secure_web: WebServer, challenge: Challenge, path: str, raw: bytes, code: str
) -> None:
    value = challenge.value.encode()
    wide = challenge.value.encode("utf-16-le")
    filling = {b"value": value, b"five": value[:5], b"rest": value[5:], b"path": path.encode(), b"wide": wide}
    web.pages[path] = raw % filling
    secure_web.pages[path] = response(value) if code == "proven" else raw % filling
    outcome = check()
    assert (outcome.proven, outcome.code) == (code == "proven", code)
    assert outcome.where.startswith("https:") == (b"https:" in raw)


def test_O1_https_counts_too_and_its_tls_errors_do_not(
    check: Check, web: WebServer, secure_web: WebServer, challenge: Challenge, path: str
) -> None:
    secure_web.pages[path] = response(challenge.value.encode())
    outcome = check()
    assert (outcome.proven, outcome.where) == (True, f"https://example.com{path}")
    assert web.connections == 1


def test_O6_two_redirects_within_the_domain_are_followed(
    check: Check, web: WebServer, secure_web: WebServer, challenge: Challenge, path: str
) -> None:
    web.pages[path] = redirect(f"https://www.example.com{path}", 301)
    secure_web.pages |= {path: redirect("/file", 308), "/file": response(challenge.value.encode())}
    assert check().proven


# -- False proofs (O6, threat 17) -----------------------------------------------

FALSE = {
    "another value": ("%(other)s", "file_of_other_request"),
    "part of the value": ("%(part)s", "file_differs"),
    "upper case": ("%(upper)s", "file_other_case"),
    "nothing": ("", "file_empty"),
    "a byte-order mark": ("\ufeff%(value)s", "file_byte_order_mark"),
    "a space before": (" %(value)s", "file_has_spaces"),
    "a space behind": ("%(value)s ", "file_has_spaces"),
    "two line breaks": ("%(value)s\n\n", "file_has_spaces"),
    "a carriage return": ("%(value)s\r", "file_has_spaces"),
    "a line break before": ("\n%(value)s", "file_has_spaces"),
    "a page with the value": ("<!DOCTYPE html><p>%(value)s</p>", "file_is_page"),
    "a parked domain": ("<html><title>For sale</title></html>", "file_is_page"),
    "a script that leads to the login": ("<script>location='/login'</script>", "file_is_page"),
    "a script's source": ("<?php echo '%(value)s';", "file_has_more"),
    "an echo": ("You asked for %(path)s", "file_echoes_address"),
    "an echo in a page": ("<p>%(path)s not found", "file_echoes_address"),
    "more text": ("%(value)s%(value)s", "file_has_more"),
    "quotation marks": ('"%(value)s"', "file_has_more"),
    "endless blanks": ("%(value)s" + " " * 5000, "file_has_spaces"),
    "a large body": ("%(value)s" + "x" * 5000, "file_too_large"),
}


@pytest.mark.parametrize(("content", "code"), FALSE.values(), ids=FALSE)
def test_O6_false_contents_prove_nothing(
    check: Check, web: WebServer, challenge: Challenge, path: str, content: str, code: str
) -> None:
    value = challenge.value
    upper = value.upper() if value.upper() != value else f"{value}A"
    filling = {
        "value": value,
        "part": value[:-1],
        "upper": upper,
        "path": path,
        "other": new_challenge().value,
    }
    web.pages[path] = response((content % filling).encode())
    outcome = check()
    assert (outcome.proven, outcome.code) == (False, code)


def test_O6_utf_16_is_not_the_value(check: Check, web: WebServer, challenge: Challenge, path: str) -> None:
    web.pages[path] = response(challenge.value.encode("utf-16"))
    assert check().code == "file_byte_order_mark"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (201, "file_status"),
        (206, "file_status"),
        (401, "file_forbidden"),
        (403, "file_forbidden"),
        (404, "file_missing"),
        (410, "file_missing"),
        (418, "file_status"),
        (500, "file_server_error"),
        (503, "file_server_error"),
    ],
)
def test_O6_only_status_200_counts(
    check: Check, web: WebServer, challenge: Challenge, path: str, status: int, code: str
) -> None:
    web.pages[path] = response(challenge.value.encode(), status)
    outcome = check()
    assert (outcome.proven, outcome.code, outcome.found[0]) == (False, code, str(status))


def test_O6_a_server_that_echoes_every_path_proves_nothing(check: Check, web: WebServer) -> None:
    def echo(connection: socket.socket, stopping: object) -> None:
        connection.sendall(response(web.requests[-1].split()[1].rsplit(b"/", 1)[-1]))

    web.otherwise = echo
    assert check().code == "file_echoes_address"


def test_O6_compressed_content_is_not_the_value(check: Check, web: WebServer, challenge: Challenge, path: str) -> None:
    headers: tuple[dict[str, Any], ...] = ({"Content_Encoding": "gzip"}, {"Content_Encoding": "br"}, {})
    for said in headers:
        web.pages[path] = response(b"\x1f\x8b...", **said)
        assert check().code == "file_compressed", said


def test_O6_the_value_behind_the_limit_is_not_found(
    check: Check, web: WebServer, challenge: Challenge, path: str
) -> None:
    web.pages[path] = response(b"x" * MAX_BODY + challenge.value.encode())
    assert check().code == "file_too_large"


def test_O5_a_file_at_www_is_not_looked_at_for_the_apex(
    check: Check, dns_server: DnsServer, web: WebServer, challenge: Challenge, path: str
) -> None:
    def only_www(connection: socket.socket, stopping: object) -> None:
        ours = b"\r\nHost: www.example.com\r\n" in web.requests[-1]
        connection.sendall(response(challenge.value.encode()) if ours else response(status=404))

    web.pages[path] = only_www
    assert check("www.example.com").proven
    assert check("example.com").code == "file_missing"


def test_O5_a_wildcard_has_no_file(check: Check, web: WebServer) -> None:
    assert check("*.example.com").code == "wildcard_needs_dns"
    assert web.connections == 0


# -- The doctor (O7) ------------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "code"),
    [
        (redirect("http://example.net/"), "redirect_elsewhere"),
        (redirect(f"http://{FORBIDDEN}/"), "redirect_elsewhere"),
        (redirect("/x", 303), "redirect_status_not_allowed"),
        (redirect("http://example.com:8443/"), "port_not_allowed"),
        (b"hello\r\n\r\n", "answer_malformed"),
        (b"", "connection_lost"),
        (silent, "timed_out"),
        (dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n"), "timed_out"),
    ],
)
def test_O7_a_fetch_that_fails_says_why(
    check: Check, fetcher: Fetcher, web: WebServer, secure_web: WebServer, path: str, page: Any, code: str
) -> None:
    web.pages[path] = page
    without_https = replace(fetcher.policy, seconds=0.4, ports=frozenset({80}))
    outcome = check(using=Fetcher(without_https, fetcher.resolver))
    assert (outcome.proven, outcome.code) == (False, code)


def test_O7_the_hops_made_are_shown(check: Check, web: WebServer, secure_web: WebServer, path: str) -> None:
    web.pages[path] = secure_web.otherwise = redirect("http://example.net/")
    assert re.fullmatch(r"http://example\.com/\S+ \(127\.0\.0\.2\): 302", check().found[0])


def test_O7_where_a_web_server_answers_is_what_is_told(check: Check, fetcher: Fetcher, secure_web: WebServer) -> None:
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
    policy = replace(fetcher.policy, test_ports={80: port, 443: secure_web.port})
    outcome = check(using=Fetcher(policy, fetcher.resolver))
    assert (outcome.code, outcome.params["status"]) == ("file_missing", 404)


def test_O8_a_name_that_points_inside_is_told_so_and_not_visited(
    check: Check, dns_server: DnsServer, web: WebServer
) -> None:
    dns_server.answer("inside.example.com", "A", FORBIDDEN)
    outcome = check("inside.example.com")
    assert (outcome.code, outcome.params["network"]) == ("address_not_public", "Loopback")
    assert web.connections == 0


def test_O7_a_name_that_does_not_exist(check: Check) -> None:
    assert check("gone.example.com").code == "name_does_not_exist"


def test_O7_dns_that_is_silent(check: Check, fetcher: Fetcher, dns_server: DnsServer) -> None:
    dns_server.be_silent("quiet.example.com")
    quick = Fetcher(fetcher.policy, DnsView(dns_server.nameservers, timeout=0.2))
    assert check("quiet.example.com", quick).code == "dns_timed_out"
