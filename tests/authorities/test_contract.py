"""What every driver promises (`revocation.authorities.interface.Authority`), tested alike for each."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from revocation.authorities.acme import account
from revocation.authorities.by_hand.driver import ByHandDriver
from revocation.authorities.interface import (
    Authority,
    Confirmed,
    NotRevoked,
    RevocationInstruction,
    TryAgain,
    Unseen,
    Waiting,
)
from tests.authorities.conftest import Embedded
from tests.authorities.openssl_ca import OpensslCa, make_csr, openssl, openssl_says, publish
from tests.servers.pebble import Pebble, pebble

pytestmark = [pytest.mark.process, pytest.mark.django_db]  # the cases ask for the database too late

DRIVERS = ("local-ecdsa", "local-rsa", "local-sm2", "by_hand-ecdsa", "by_hand-sm2", "acme-ecdsa", "acme-rsa")


@dataclass
class Case:
    """A driver, an order for one certificate, the act at the authority, and an outside witness."""

    driver: Authority
    order: RevocationInstruction
    act: Callable[[], None]
    """What has to happen at the authority beside calling `revoke`."""
    witness: Callable[[], str]
    """Returns what `openssl verify -crl_check` says; for an authority without CRLs, its record in the same words."""


@pytest.fixture(params=DRIVERS)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Case:
    kind, algorithm = request.param.split("-")
    return request.getfixturevalue(f"{kind}_case")(algorithm)


@pytest.fixture
def local_case(embedded: Callable[[str], Embedded]) -> Callable[[str], Case]:
    def make(algorithm: str) -> Case:
        made = embedded(algorithm)
        return Case(made.driver, made.order(), lambda: None, lambda: (made.work(), made.verify()[1])[1])

    return make


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pebble]:
    with pebble(tmp_path_factory.mktemp("pebble")) as started:
        yield started


@pytest.fixture
def acme_case(request: pytest.FixtureRequest, db: None, tmp_path: Path) -> Callable[[str], Case]:
    def make(algorithm: str) -> Case:
        authority = request.getfixturevalue("running")
        account.create(authority.driver(), contact="", binding=None, at=datetime.now(UTC))
        leaf, issuer = authority.order(make_csr(tmp_path, algorithm, [f"{algorithm}.contract.example.com"]))
        words = {"Valid": "OK", "Revoked": "certificate revoked"}
        order = RevocationInstruction(leaf, issuer, x509.load_der_x509_certificate(leaf).serial_number, 1, "order-1")
        return Case(authority.driver(), order, lambda: None, lambda: words[str(authority.says(leaf)["Status"])])

    return make


@pytest.fixture
def by_hand_case(published: Path, crl_address: str, tmp_path: Path) -> Callable[[str], Case]:
    def make(algorithm: str) -> Case:
        ca = OpensslCa(tmp_path, algorithm)
        leaf = ca.issue(extensions=(f"crlDistributionPoints=URI:{crl_address}",))
        serial_number = x509.load_der_x509_certificate(leaf).serial_number
        publish(ca, published)

        def revoke_in_the_console() -> None:
            ca.list(leaf, datetime.now(UTC), "keyCompromise")
            publish(ca, published)

        def witness() -> str:
            ca.crl(standard_id=False)
            options = ("-vfyopt", "distid:1234567812345678") if algorithm == "sm2" else ()
            files = ("-CAfile", "ca.pem", "-CRLfile", "crl.pem")
            return openssl_says(ca.folder, "verify", *options, *files, "-crl_check", "leaf.pem")[1]

        order = RevocationInstruction(leaf, ca.der, serial_number, 1, "order-1")
        return Case(ByHandDriver("by-hand", "A CA"), order, revoke_in_the_console, witness)

    return make


def test_M5_not_revoked_before_anybody_acts(case: Case) -> None:
    assert isinstance(case.driver.status(case.order), NotRevoked | Unseen)
    assert "OK" in case.witness()


def test_M5_confirmed_is_what_openssl_sees(case: Case) -> None:
    case.driver.revoke(case.order)
    case.act()
    said = case.driver.revoke(replace(case.order, recorded_by_hand=True))
    assert isinstance(said, Confirmed)
    assert said.reason == 1
    assert abs((datetime.now(UTC) - said.revoked_at).total_seconds()) < 60
    assert "certificate revoked" in case.witness()


def test_M5_already_revoked_is_confirmed_with_the_first_date_and_reason(case: Case) -> None:
    case.act()
    first = case.driver.revoke(case.order)
    again = case.driver.revoke(replace(case.order, reason=4, key="order-2"))
    assert isinstance(first, Confirmed)
    assert isinstance(again, Confirmed)
    assert (again.revoked_at, again.reason) == (first.revoked_at, first.reason)
    status = case.driver.status(case.order)
    assert isinstance(status, Confirmed)
    assert (status.revoked_at, status.reason) == (first.revoked_at, first.reason)


def test_receipt_can_be_kept_as_json(case: Case) -> None:
    case.act()
    said = case.driver.revoke(case.order)
    assert isinstance(said, Confirmed)
    assert json.loads(json.dumps(dict(said.receipt))) == said.receipt


def test_M5_nothing_is_told_by_looking(case: Case) -> None:
    for _ in range(2):
        case.driver.status(case.order)
    assert "OK" in case.witness()
    assert not case.driver.wants_proof


def test_unspecified_is_taken_by_all(case: Case) -> None:
    assert 0 in case.driver.takes_reasons
    assert case.driver.slug
    assert case.driver.name


def test_by_hand_waits_for_staff_then_for_the_authority(by_hand_case: Callable[[str], Case]) -> None:
    case = by_hand_case("ecdsa")
    asked = case.driver.revoke(case.order)
    recorded = case.driver.revoke(replace(case.order, recorded_by_hand=True))
    assert isinstance(asked, Waiting)
    assert isinstance(recorded, Waiting)
    assert (asked.for_whom, asked.code) == ("staff", "revoke_by_hand")
    assert (recorded.for_whom, recorded.code) == ("authority", "recorded_not_yet_seen")
    assert recorded.look_again < asked.look_again


def test_by_hand_says_what_it_could_not_reach(by_hand_case: Callable[[str], Case], published: Path) -> None:
    case = by_hand_case("ecdsa")
    (published / "ca.crl").unlink()
    asked = case.driver.revoke(case.order)
    assert isinstance(asked, Waiting)
    assert asked.code == "revoke_by_hand_unseen"
    assert "404" in str(asked.message)
    with pytest.raises(TryAgain, match="404"):
        case.driver.revoke(replace(case.order, recorded_by_hand=True))


def test_by_hand_does_not_believe_a_forged_crl(
    by_hand_case: Callable[[str], Case], published: Path, tmp_path: Path
) -> None:
    case = by_hand_case("ecdsa")
    (tmp_path / "forger").mkdir()
    forger = OpensslCa(tmp_path / "forger", "ecdsa")
    forger.list(case.order.certificate_der, datetime.now(UTC), "keyCompromise")
    publish(forger, published)
    with pytest.raises(TryAgain, match="not signed by"):
        case.driver.status(case.order)


def test_by_hand_does_not_take_a_hold_for_a_revocation(
    by_hand_case: Callable[[str], Case], published: Path, tmp_path: Path
) -> None:
    case = by_hand_case("ecdsa")
    hold = "certificateHold"
    index = tmp_path / "index.txt"
    case.act()
    index.write_text(index.read_text().replace("keyCompromise", hold))
    signing = ("-config", "ca.cnf", "-keyfile", "ca.key", "-cert", "ca.pem", "-crldays", "2")
    openssl(tmp_path, "ca", "-gencrl", *signing, "-out", str(published / "ca.crl"))
    assert isinstance(case.driver.status(case.order), NotRevoked)


def test_by_hand_without_issuer_or_addresses_tells_staff(tmp_path: Path) -> None:
    ca = OpensslCa(tmp_path, "ecdsa")
    leaf = ca.issue()
    for issuer, code in ((None, "no_issuer"), (ca.der, "no_addresses")):
        said = ByHandDriver("by-hand", "A CA").revoke(RevocationInstruction(leaf, issuer, 1, 0, "order"))
        assert isinstance(said, Waiting)
        assert (said.for_whom, said.code) == ("staff", code)


@pytest.mark.parametrize(("written", "file"), [("ca%20one.crl", "ca one.crl"), ("a%2Bb.crl", "a+b.crl")])
def test_an_address_is_fetched_over_http_as_it_stands(
    published: Path, crl_address: str, tmp_path: Path, written: str, file: str
) -> None:
    """Only the web server decodes the address."""
    ca = OpensslCa(tmp_path, "ecdsa")
    leaf = ca.issue(extensions=(f"crlDistributionPoints=URI:{crl_address.replace('ca.crl', written)}",))
    ca.list(leaf, datetime.now(UTC), "keyCompromise")
    (published / file).write_bytes(ca.crl())
    order = RevocationInstruction(leaf, ca.der, x509.load_der_x509_certificate(leaf).serial_number, 1, "order-1")
    assert isinstance(ByHandDriver("by-hand", "A CA").status(order), Confirmed)
