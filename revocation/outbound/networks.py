"""The networks that no probe may reach, with the registry's own name beside each (rule O8).

Sources: IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890, RFC 8190), RFC 5771 and RFC 1112
section 4 (classes D and E), RFC 4291. The first network that holds an address gives its name, so the
narrow ones stand first.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network

IPV4_REFUSED: tuple[tuple[IPv4Network, str], ...] = tuple(
    (IPv4Network(network), name)
    for network, name in (
        ("168.63.129.16/32", "Host service of a cloud"),
        ("192.0.0.192/32", "Host service of a cloud"),
        ("0.0.0.0/8", "This network"),
        ("10.0.0.0/8", "Private-Use"),
        ("100.64.0.0/10", "Shared Address Space"),
        ("127.0.0.0/8", "Loopback"),
        ("169.254.0.0/16", "Link Local"),
        ("172.16.0.0/12", "Private-Use"),
        ("192.0.0.0/24", "IETF Protocol Assignments"),
        ("192.0.2.0/24", "Documentation (TEST-NET-1)"),
        ("192.31.196.0/24", "AS112-v4"),
        ("192.52.193.0/24", "AMT"),
        ("192.88.99.0/24", "Deprecated (6to4 Relay Anycast)"),
        ("192.168.0.0/16", "Private-Use"),
        ("192.175.48.0/24", "Direct Delegation AS112 Service"),
        ("198.18.0.0/15", "Benchmarking"),
        ("198.51.100.0/24", "Documentation (TEST-NET-2)"),
        ("203.0.113.0/24", "Documentation (TEST-NET-3)"),
        ("224.0.0.0/4", "Multicast (class D)"),
        ("255.255.255.255/32", "Limited Broadcast"),
        ("240.0.0.0/4", "Reserved (class E)"),
    )
)

IPV6_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""RFC 4291 section 2.4: all that IANA has given out so far. Nothing outside it is reached."""

IPV6_REFUSED: tuple[tuple[IPv6Network, str], ...] = tuple(
    (IPv6Network(network), name)
    for network, name in (
        ("::1/128", "Loopback Address"),
        ("::/128", "Unspecified Address"),
        ("::ffff:0:0/96", "IPv4-mapped Address"),
        ("::/96", "IPv4-compatible Address"),
        ("64:ff9b::/96", "IPv4-IPv6 Translation"),
        ("64:ff9b:1::/48", "IPv4-IPv6 Translation"),
        ("100::/64", "Discard-Only Address Block"),
        ("100:0:0:1::/64", "Dummy IPv6 Prefix"),
        ("2001::/32", "TEREDO"),
        ("2001:2::/48", "Benchmarking"),
        ("2001:10::/28", "Deprecated (previously ORCHID)"),
        ("2001:20::/28", "ORCHIDv2"),
        ("2001::/23", "IETF Protocol Assignments"),
        ("2001:db8::/32", "Documentation"),
        ("2002::/16", "6to4"),
        ("2620:4f:8000::/48", "Direct Delegation AS112 Service"),
        ("3fff::/20", "Documentation"),
        ("5f00::/16", "Segment Routing (SRv6) SIDs"),
        ("fc00::/7", "Unique-Local"),
        ("fe80::/10", "Link-Local Unicast"),
        ("fec0::/10", "Deprecated (site-local)"),
        ("ff00::/8", "Multicast"),
    )
)
