"""Two address families that differ, a server of another site, several perspectives for the file (O7, threat 18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from revocation.outbound import network
from revocation.outbound.dns.resolver import DnsView
from revocation.outbound.fetch import Fetcher
from revocation.ownership.challenge import FILE_FOLDER, Challenge
from revocation.ownership.file import look_by_file
from revocation.ownership.foreign import foreign_certificate
from revocation.ownership.http import file_policy
from revocation.ownership.outcome import Outcome
from tests.servers.dns_server import DnsServer
from tests.servers.web_server import PUBLIC, WebServer, response

NAME = "example.com"


@pytest.fixture
def six(web: WebServer) -> Iterator[WebServer]:
    """A web server at the same port over IPv6."""
    with WebServer("::1", web.port) as server:
        yield server


def look(challenge: Challenge, fetcher: Fetcher, *others: Fetcher) -> Outcome:
    fetchers = {str(number): each for number, each in enumerate((fetcher, *others))}
    outcome = network.run(look_by_file(NAME, challenge, fetchers))
    assert outcome.sentence  # every placeholder is filled
    return outcome


def test_O7_ipv4_right_and_ipv6_wrong_or_the_reverse(
    challenge: Challenge, fetcher: Fetcher, dns_server: DnsServer, web: WebServer, six: WebServer
) -> None:
    dns_server.answer(NAME, "AAAA", "::1")
    six.pages[FILE_FOLDER + challenge.file_name] = response(challenge.value.encode())
    networks = (ip_network(PUBLIC), ip_network("::1"))
    both = Fetcher(replace(fetcher.policy, test_networks=networks), fetcher.resolver)
    outcome = look(challenge, both)  # the IPv4 address is tried first
    assert (outcome.proven, outcome.code) == (False, "family_broken")
    assert "Over IPv6 the file is right, over IPv4 it is not" in outcome.sentence
    assert [(sight.where.split(" ")[0], sight.proves) for sight in outcome.sights[1:]] == [
        ("IPv4", False),
        ("IPv6", True),
    ]
    assert "file_missing" in [code for code, _ in outcome.also]


def test_O7_a_server_that_answers_by_https_only(challenge: Challenge, fetcher: Fetcher, secure_web: WebServer) -> None:
    http_closed = Fetcher(replace(fetcher.policy, test_ports={80: 1, 443: secure_web.port}), fetcher.resolver)
    outcome = look(challenge, http_closed)
    assert [code for code, _ in outcome.also] == ["file_by_tls_only"]  # its certificate names nobody


def test_T18_each_view_of_the_file_resolves_by_itself(challenge: Challenge, fetcher: Fetcher, web: WebServer) -> None:
    web.pages[FILE_FOLDER + challenge.file_name] = response(challenge.value.encode())
    with DnsServer() as hijacked:
        hijacked.answer(NAME, "A", "127.0.0.9")
        elsewhere = Fetcher(file_policy((ip_network("127.0.0.0/8"),), {80: 1, 443: 1}), DnsView(hijacked.nameservers))
        assert look(challenge, fetcher, fetcher, elsewhere).proven
        outcome = look(challenge, fetcher, elsewhere)
    assert (outcome.proven, outcome.code) == (False, "perspectives_disagree")


@pytest.mark.parametrize(
    ("names", "foreign"),
    [
        (["shop.example.net", "www.example.net"], {"other": "shop.example.net, www.example.net"}),
        (["www.example.com"], {}),
        (["*.example.com"], {}),
        ([], {}),
    ],
)
def test_O7_a_certificate_of_another_site_is_told_by_its_names(names: list[str], foreign: dict[str, str]) -> None:
    assert foreign_certificate("www.example.com", certificate(names)) == foreign


def test_O7_bytes_that_are_no_certificate_tell_nothing() -> None:
    assert foreign_certificate("www.example.com", b"\x30\x03abc") == {}


def certificate(names: list[str]) -> bytes:
    key, subject, start = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), 1, start, start + timedelta(days=9))
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
