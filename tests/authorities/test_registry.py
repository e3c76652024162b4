"""Which authority a certificate belongs to, and how a wrong entry of AUTHORITIES is reported."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from revocation.authorities import registry
from revocation.pki.facts import CertificateFacts, read_certificate
from tests.authorities.conftest import Embedded
from tests.authorities.openssl_ca import OpensslCa


def slug_for_issuer(facts: CertificateFacts) -> str | None:
    (slug,) = registry.slugs_for_issuers([facts])
    return slug


def entry(**more: object) -> dict[str, object]:
    return {"driver": "by_hand", "name": "A CA", **more}


@pytest.mark.parametrize("algorithm", ["ecdsa", "rsa", "sm2"])
def test_M5_the_issuer_s_signature_chooses_the_authority(
    db: None, settings: Settings, tmp_path: Path, algorithm: str
) -> None:
    ca = OpensslCa(tmp_path, algorithm)
    leaf = read_certificate(ca.issue())
    for issuers in (str(tmp_path / "ca.pem"), (tmp_path / "ca.pem").read_text()):
        settings.AUTHORITIES = {"other": entry(), "a-ca": entry(issuers=[issuers])}
        assert registry.problems(settings.AUTHORITIES) == []
        assert slug_for_issuer(leaf) == "a-ca"


def test_M5_a_look_alike_of_the_issuer_is_not_taken_for_it(db: None, settings: Settings, tmp_path: Path) -> None:
    real, forger = tmp_path / "real", tmp_path / "forger"
    for folder in (real, forger):
        folder.mkdir()
    issuer = read_certificate(OpensslCa(real, "ecdsa").der)
    forged = read_certificate(OpensslCa(forger, "ecdsa").issue())
    settings.AUTHORITIES = {"a-ca": entry(issuers=[str(real / "ca.pem")])}
    assert forged.issuer_der == issuer.subject_der
    assert slug_for_issuer(forged) is None


def test_M5_an_embedded_authority_knows_the_bytes_not_the_serial_only(embedded: Callable[[str], Embedded]) -> None:
    case = embedded("ecdsa")
    facts = read_certificate(case.leaf_der)
    assert slug_for_issuer(facts) == "test-ecdsa"
    assert slug_for_issuer(facts._replace(der=facts.der + b"x")) is None


def test_M5_each_certificate_of_a_batch_has_its_own_authority(
    embedded: Callable[[str], Embedded], settings: Settings, tmp_path: Path, django_assert_num_queries: Any
) -> None:
    case, ca = embedded("ecdsa"), OpensslCa(tmp_path, "ecdsa")
    settings.AUTHORITIES = {"a-ca": entry(issuers=[str(tmp_path / "ca.pem")])}
    issued, theirs = read_certificate(case.leaf_der), read_certificate(ca.issue())
    with django_assert_num_queries(2):
        found = registry.slugs_for_issuers([issued, theirs, theirs._replace(der=b"forged"), issued])
    assert found == ["test-ecdsa", "a-ca", None, "test-ecdsa"]
    with django_assert_num_queries(1):
        assert registry.slugs_for_issuers([theirs] * 3) == ["a-ca"] * 3


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"driver": "fax"}, "driver is not one of"),
        ({"name": " "}, "name is missing"),
        ({"issuers": "R10"}, "issuers is not a list"),
        ({"colour": "red"}, "unknown options: colour; by_hand has driver, issuers, name"),
    ],
)
def test_threat_39_a_wrong_entry_says_what_is_accepted(wrong: dict[str, object], said: str) -> None:
    (problem,) = registry.problems({"a-ca": entry(**wrong)})
    assert problem.startswith("AUTHORITIES: a-ca: ")
    assert said in problem


GOOD = {"driver": "acme", "name": "A CA", "directory": "https://acme-v02.api.letsencrypt.org/directory"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"directory": ""}, "directory is not an https address"),
        ({"directory": "http://acme.example.com/dir"}, "directory is not an https address"),
        ({"ca_bundle": 1}, "ca_bundle is not the path of a PEM file"),
        ({"reasons": [1, 4]}, "reasons is not a list of reason codes with 0 in it"),
        ({"reasons": [0, 6]}, "reasons is not a list of reason codes with 0 in it"),
        ({"account_key": "…"}, "unknown options: account_key; acme has ca_bundle, directory, driver"),
    ],
)
def test_threat_39_a_wrong_acme_entry_says_what_is_accepted(wrong: dict[str, object], said: str) -> None:
    assert registry.problems({"a-ca": GOOD}) == []
    (problem,) = registry.problems({"a-ca": {**GOOD, **wrong}})
    assert said in problem


@pytest.mark.parametrize(
    "directory",
    [
        "https://acme-staging-v02.api.letsencrypt.org/directory",
        "https://127.0.0.1:14000/dir",
        "https://[::1]/dir",
        "https://10.1.2.3/dir",
        "https://localhost/dir",
        "https://pebble:14000/dir",
        "https://ca.internal/acme/directory",
    ],
)
def test_threat_39_an_authority_that_plays_is_not_for_production(directory: str) -> None:
    assert registry.unfit_for_production({"a-ca": GOOD, "hand": entry()}) == []
    (found,) = registry.unfit_for_production({"a-ca": {**GOOD, "directory": directory}})
    assert directory in found


def test_threat_39_a_slug_and_an_entry_have_a_shape() -> None:
    assert "not a slug" in registry.problems({"A CA": entry()})[0]
    assert "not an object" in registry.problems({"a-ca": "by_hand"})[0]
    assert registry.problems([]) == ["AUTHORITIES is not an object of slug -> entry."]
