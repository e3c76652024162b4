"""Which provider hosts a name, and what is wrong with a setting (O1, threat 39)."""

from __future__ import annotations

import pytest

from revocation.ownership.providers.registry import problems, providers

pytestmark = pytest.mark.process

SECRET = "c2VjcmV0LXRoYXQtbXVzdC1ub3Qtc2hvdw=="


def entry(*zones: str, **changed: object) -> dict[str, object]:
    options = {"driver": "rfc2136", "server": "192.0.2.53:5353", "zones": list(zones) or ["a.example"]}
    return options | {"key_name": "portal", "key_secret": SECRET} | changed


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("_dnsauth.www.a.example", "one"),
        ("a.example", "one"),
        ("_dnsauth.sub.a.example", "two"),  # the longest match: the zone cut
        ("_dnsauth.xsub.a.example", "one"),
        ("_dnsauth.b.example", None),
        ("xa.example", None),
    ],
)
def test_O1_the_longest_zone_hosts_the_name(name: str, slug: str | None) -> None:
    both = providers({"one": entry("A.example."), "two": entry("sub.a.example")})
    hosting = both.hosting(name)
    assert (hosting.slug if hosting else None) == slug


def test_a_right_setting_has_no_problems() -> None:
    assert problems({}) == []
    assert problems({"one": entry("a.example", key_algorithm="hmac-sha512"), "two": entry("b.example")}) == []


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ([], "not an object"),
        ({"One!": entry()}, "not a slug"),
        ({"one": {"driver": "magic"}}, "driver is not one of rfc2136"),
        ({"one": entry(server="dns.example")}, "server is not an IP address"),
        ({"one": entry(zones=[])}, "zones is not a list"),
        ({"one": entry("a..example")}, "zones holds what is no domain name"),
        ({"one": entry(key_name="")}, "key_name holds"),
        ({"one": entry(key_secret="not base64!")}, "key_secret is not base64"),
        ({"one": entry(key_algorithm="hmac-md5")}, "key_algorithm is not one of"),
        ({"one": entry(password="x")}, "unknown options: password"),
        ({"one": entry("a.example"), "two": entry("a.example")}, "a.example is there twice"),
    ],
)
def test_threat_39_a_wrong_setting_is_named_without_its_secret(config: object, said: str) -> None:
    (problem,) = problems(config)
    assert said in problem
    assert SECRET not in problem
    assert "not base64!" not in problem
