from __future__ import annotations

from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import pytest

from revocation.outbound.networks import IPV4_REFUSED, IPV6_REFUSED
from revocation.outbound.targets import MESSAGES, AddressRefused, checked_address, public_address
from revocation.outbound.tunnelled import inner_addresses

PUBLIC = [
    "8.8.8.8",
    "1.1.1.1",
    "223.255.255.254",
    "192.0.1.1",
    "2606:4700::1111",
    "2001:4860:4860::8888",
    "2a00::1",
]

IS_GLOBAL_LIES = [
    "192.0.0.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2002:7f00:1::",
    "::127.0.0.1",
    "224.0.0.1",
]

OTHERS = [
    "0.0.0.0",  # noqa: S104 to be refused, not listened on
    "10.1.2.3",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.31.255.255",
    "192.0.0.192",
    "192.168.1.1",
    "198.19.255.255",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
    "2001:0:808:808::f7f7:f7f7",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_O8_public_addresses_are_allowed(address: str) -> None:
    assert public_address(address).allowed
    assert checked_address(address) == ip_address(address)


@pytest.mark.parametrize("address", IS_GLOBAL_LIES + OTHERS)
def test_O8_everything_else_is_refused_and_named(address: str) -> None:
    verdict = public_address(address)
    assert not verdict.allowed
    assert verdict.network
    with pytest.raises(AddressRefused) as refused:
        checked_address(address)
    assert refused.value.code == "address_not_public"
    assert address in str(refused.value) or str(ip_address(address)) in str(refused.value)


@pytest.mark.parametrize("network", [network for network, _ in IPV4_REFUSED + IPV6_REFUSED], ids=str)
def test_O8_both_ends_of_every_special_network_are_refused(network: IPv4Network | IPv6Network) -> None:
    assert not public_address(network[0]).allowed
    assert not public_address(network[-1]).allowed


def test_O8_the_narrowest_network_gives_its_name() -> None:
    assert public_address("168.63.129.16").network == "Host service of a cloud"
    assert public_address("255.255.255.255").network == "Limited Broadcast"
    assert public_address("2001:2::1").network == "Benchmarking"


@pytest.mark.parametrize("bits", ["0:5efe", "200:5efe", "100:5efe", "300:5efe"])
def test_O8_isatap_inside_a_public_prefix_is_judged_by_its_inner_address(bits: str) -> None:
    assert not public_address(f"2606:4700::{bits}:127.0.0.1").allowed
    assert public_address(f"2606:4700::{bits}:8.8.8.8").allowed


@pytest.mark.parametrize(
    ("address", "inner"),
    [
        ("::ffff:10.0.0.1", {"10.0.0.1"}),
        ("::10.0.0.1", {"10.0.0.1"}),
        ("64:ff9b::10.0.0.1", {"10.0.0.1"}),
        (
            "64:ff9b:1:a00:0:100:808:808",
            {"10.0.0.1", "8.8.8.8"},
        ),  # RFC 6052 section 2.2: the octet u lies between
        ("2002:a00:1::", {"10.0.0.1"}),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", {"65.54.227.120", "192.0.2.45"}),  # the example of RFC 4380
        ("2606:4700::1111", set()),
    ],
)
def test_O8_inner_addresses_are_unwrapped(address: str, inner: set[str]) -> None:
    assert {str(found) for found in inner_addresses(IPv6Address(address))} == inner


def test_O8_the_refusal_names_the_inner_address_too() -> None:
    assert public_address("::ffff:10.0.0.1").network == "IPv4-mapped Address, holding 10.0.0.1, Private-Use"


@pytest.mark.parametrize(
    "address",
    [
        "fe80::1%eth0",
        "2606:4700::1%1",
        ip_address("fe80::1%lo"),
        "localhost",
        "",
        "1.2.3",
        "0x7f.1",
        "01.2.3.4",
    ],
)
def test_O8_zones_and_what_is_no_address_are_refused(address: str | IPv6Address) -> None:
    verdict = public_address(address)
    assert (verdict.allowed, verdict.code) == (False, "address_malformed")


def test_O8_test_networks_are_allowed_exactly() -> None:
    networks = [ip_network("127.0.0.2/32")]
    assert public_address("127.0.0.2", networks).allowed
    assert not public_address("127.0.0.1", networks).allowed
    assert not public_address("::ffff:127.0.0.2", networks).allowed


def test_every_sentence_can_be_filled() -> None:
    for sentence in MESSAGES.values():
        assert sentence % {"address": "a", "network": "n"}
