from __future__ import annotations

from revocation.ownership.challenge import (
    VALUE_BYTES,
    expected_cname,
    file_url,
    new_challenge,
    record_name,
)


def test_O6_values_have_at_least_128_bits_and_fit_a_label() -> None:
    value = new_challenge().value
    assert VALUE_BYTES * 8 >= 128
    assert len(bytes.fromhex(value)) == VALUE_BYTES
    assert len(value) <= 63


def test_O6_no_two_challenges_share_anything() -> None:
    drawn = [new_challenge() for _ in range(1000)]
    assert len({text for challenge in drawn for text in (challenge.value, challenge.file_name)}) == 2000


def test_O6_the_file_name_does_not_tell_the_value() -> None:
    for _ in range(200):
        challenge = new_challenge()
        stem = challenge.file_name.removesuffix(".txt")
        assert stem not in challenge.value
        assert challenge.value not in stem


def test_O1_places_where_a_proof_is_looked_for() -> None:
    assert record_name("www.example.com") == "_dnsauth.www.example.com"
    assert record_name("*.example.com") == record_name("example.com") == "_dnsauth.example.com"
    assert record_name("example.com", "_pki") == "_pki.example.com"
    assert file_url("example.com", "f.txt") == "http://example.com/.well-known/pki-validation/f.txt"
    assert file_url("example.com", "f.txt", "https").startswith("https://")
    assert expected_cname("ABC1", ".Zone.example.") == "abc1.zone.example"
