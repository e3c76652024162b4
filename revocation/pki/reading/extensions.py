"""What the extensions of a certificate say, read from the library's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from asn1crypto import core
from asn1crypto import x509 as asn1

from revocation.pki.reading.certificate_facts import address_text, visible

Meanings = Mapping[str, Any]
"""The library's name of an extension → what it says, by `READERS`."""


def alternative_names(names: asn1.GeneralNames) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the DNS names and the IP addresses, each once: DNS names as written (A-labels), in lower case."""
    dns = (bytes(name.chosen.contents).decode("latin-1").lower() for name in names if name.name == "dns_name")
    addresses = (str(name.chosen.native) for name in names if name.name == "ip_address")
    return tuple(dict.fromkeys(map(visible, dns))), tuple(dict.fromkeys(map(visible, addresses)))


def _point_urls(point: asn1.DistributionPoint) -> tuple[str, ...]:
    place = point["distribution_point"]
    if isinstance(place, core.Void) or place.name != "full_name":  # an indirect CRL may name its issuer only
        return ()
    return tuple(_address(name) for name in place.chosen if name.name == "uniform_resource_identifier")


def _crl_urls(points: asn1.CRLDistributionPoints) -> tuple[str, ...]:
    return tuple(url for point in points for url in _point_urls(point))


def _access_urls(entries: asn1.AuthorityInfoAccessSyntax) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the addresses in authority information access: of OCSP, of the issuer (RFC 5280 section 4.2.2.1)."""
    found: dict[str, list[str]] = {"ocsp": [], "ca_issuers": []}
    for entry in entries:
        method = entry["access_method"].native
        if method in found and entry["access_location"].name == "uniform_resource_identifier":
            found[method].append(_address(entry["access_location"]))
    return tuple(found["ocsp"]), tuple(found["ca_issuers"])


def _address(name: asn1.GeneralName) -> str:
    return address_text(bytes(name.chosen.contents))


READERS: Mapping[str, Callable[[Any], Any]] = {
    "certificate_policies": lambda policies: tuple(policy["policy_identifier"].dotted for policy in policies),
    "subject_alt_name": alternative_names,
    "basic_constraints": lambda constraints: bool(constraints["ca"].native),
    "crl_distribution_points": _crl_urls,
    "authority_information_access": _access_urls,
    "authority_key_identifier": lambda identifier: (identifier["key_identifier"].native or b"").hex().upper(),
    "key_identifier": lambda identifier: (identifier.native or b"").hex().upper(),
}
"""The library's name of an extension → the function that reads its value."""


def meanings(parsed: asn1.Certificate) -> dict[str, Any]:
    """Return what the extensions of a certificate say. Raises what the library raises on malformed bytes."""
    values = {name: getattr(parsed, f"{name}_value") for name in READERS}
    return {name: READERS[name](value) for name, value in values.items() if value is not None}


def meaning(element: bytes) -> tuple[str, Any]:
    """Return the name of one extension, in DER, and what it says: None for one that no fact comes from.

    It parses what `asn1crypto.x509.Certificate` would parse of it, so that the same bytes are refused.
    """
    extension = asn1.Extension.load(element, strict=True)
    name, value = extension["extn_id"].native, None
    if hasattr(asn1.Certificate, f"_{name}_value"):
        value = extension["extn_value"].parsed
    extension["critical"].native  # noqa: B018 - touching is the test
    return name, READERS[name](value) if name in READERS else None
