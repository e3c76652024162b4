from __future__ import annotations

import pytest

from revocation.ownership.plan import Method, Through, plan, proven_by

APEX, WWW, WILD, SHOP = "example.com", "www.example.com", "*.example.com", "shop.example.com"
ALL = [APEX, WWW, WILD, SHOP, "www.shop.example.com", "*.shop.example.com", "example.net", "www.example.net"]


def test_O5_every_name_must_be_proven_once() -> None:
    planned = plan([WWW, APEX, "EXAMPLE.com", WWW])
    assert [item.name for item in planned] == [WWW, APEX]


def test_O5_wildcards_by_dns_only() -> None:
    wild, plain = plan([WILD, APEX])
    assert wild.methods == (Method.DNS,)
    assert plain.methods == (Method.DNS, Method.FILE)


@pytest.mark.parametrize(
    ("proof", "method", "proven"),
    [
        (APEX, "file", {APEX, WWW}),
        (WWW, "file", {WWW}),
        (SHOP, "file", {SHOP}),
        (WILD, "file", set()),
        (APEX, "dns", {APEX, WILD}),
        (WILD, "dns", {APEX, WILD}),
        (WWW, "dns", {WWW}),
        (SHOP, "dns", {SHOP, "*.shop.example.com"}),
        ("example.net", "file", {"example.net", "www.example.net"}),
        ("example.org", "dns", set()),
    ],
)
def test_O5_what_a_proof_proves(proof: str, method: str, proven: set[str]) -> None:
    assert proven_by(proof, method, ALL) == proven


def test_O5_a_file_at_the_apex_also_proves_its_www_name() -> None:
    assert Through(APEX, Method.FILE) in plan([APEX, WWW])[1].also_through


def test_O5_a_file_at_www_proves_only_itself() -> None:
    apex, _ = plan([APEX, WWW])
    assert apex.also_through == ()
    assert proven_by(WWW, "file", [APEX, WWW]) == {WWW}


def test_O5_a_file_below_the_apex_does_not_prove_its_own_www_name() -> None:
    assert proven_by(SHOP, "file", [SHOP, f"www.{SHOP}"]) == {SHOP}


def test_O5_the_apex_under_a_longer_public_suffix() -> None:
    assert proven_by("example.co.uk", "file", ["www.example.co.uk"]) == {"www.example.co.uk"}
    assert proven_by("co.uk", "file", ["www.co.uk"]) == frozenset()


def test_a_method_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="mail"):
        proven_by(APEX, "mail", [APEX])
