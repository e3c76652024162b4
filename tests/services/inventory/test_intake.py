"""An import lets others work meanwhile, can be killed and run again, and loses nothing to one odd certificate (C5)."""

from __future__ import annotations

import io
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from certportal.accounts.models import Customer
from revocation.models import Actor, Certificate, CertificateBytes, Event, IssuerCertificate
from revocation.pki import bundle
from revocation.pki.bundle import read_bundle
from revocation.pki.facts import CertificateFacts, Level, UnreadableCertificate, read_certificate
from revocation.services.inventory import certificates, intake
from revocation.services.inventory.certificates import (
    BATCH,
    Imported,
    ImportRefused,
    IssuanceFacts,
    Result,
    import_bundle,
    import_file,
)
from tests.people import NOW, SYSTEM

pytestmark = pytest.mark.database

KEY = ec.generate_private_key(ec.SECP256R1())
ORDER = IssuanceFacts(level=Level.DV)
PSEUDONYM = x509.NameOID.PSEUDONYM
"""A subject with nothing else shows no validation level."""
MANY = 2 * BATCH + 50


def certificate(
    number: int,
    names: Sequence[x509.GeneralName] = (),
    *,
    ca: bool = False,
    oid: x509.ObjectIdentifier = x509.NameOID.COMMON_NAME,
) -> bytes:
    name = x509.Name([x509.NameAttribute(oid, f"n{number}.aurora.example")])
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Elsewhere CA")])
    builder = x509.CertificateBuilder(issuer, name, KEY.public_key(), number + 1).not_valid_before(NOW)
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return builder.not_valid_after(NOW + timedelta(days=90)).sign(KEY, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def many() -> list[bytes]:
    return [certificate(number) for number in range(MANY)]


@pytest.fixture
def aurora(alice: Actor) -> Customer:
    return Customer.objects.get(slug="aurora")


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "PAUSE", 0)


def taken(data: bytes, owner: Customer, order: IssuanceFacts = ORDER) -> Iterator[Imported]:
    return import_file(io.BytesIO(data), customer=owner, order=order, by=SYSTEM, at=NOW)


def counted(results: Iterator[Imported]) -> Counter[Result]:
    return Counter(result.result for result in results)


def test_no_transaction_stores_more_than_a_batch(
    aurora: Customer, many: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    within: list[bool] = []
    real_add, real_read = intake.add, read_certificate

    def add(facts: list[CertificateFacts], **more: Any) -> list[Imported]:
        sizes.append(len(facts))
        return real_add(facts, **more)

    def read(der: bytes, parsed: asn1.Certificate | None = None) -> CertificateFacts:
        within.append(len(connection.savepoint_ids) > 0)
        return real_read(der)

    monkeypatch.setattr(certificates, "add", add)
    monkeypatch.setattr(bundle, "read_quickly", read)
    assert counted(taken(b"".join(many), aurora)) == {Result.ADDED: MANY}
    assert sizes == [BATCH, BATCH, 50]
    assert within == [False] * MANY  # parsed outside of transactions
    assert Certificate.objects.count() == CertificateBytes.objects.count() == MANY
    assert Event.objects.filter(kind="imported").count() == MANY


def test_large_certificates_are_fewer_a_batch(
    aurora: Customer, many: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    real = intake.add

    def add(facts: list[CertificateFacts], **more: Any) -> list[Imported]:
        sizes.append(len(facts))
        return real(facts, **more)

    monkeypatch.setattr(certificates, "add", add)
    first, second = read_bundle(many[0] + many[1])
    monkeypatch.setattr(certificates, "BATCH_BYTES", len(first.der) + len(second.der))
    assert counted(taken(many[0] + many[1] + certificate(7) + certificate(8, ca=True), aurora))[Result.ADDED] == 3
    assert sizes == [2, 2]


def test_a_batch_costs_as_many_queries_as_one_certificate(aurora: Customer, many: list[bytes]) -> None:
    with CaptureQueriesContext(connection) as one:
        list(taken(many[0], aurora))
    with CaptureQueriesContext(connection) as batch:
        list(taken(b"".join(many[1:BATCH]), aurora))
    assert len(batch) == len(one) <= 11
    with CaptureQueriesContext(connection) as known:
        list(taken(b"".join(many[:BATCH]), aurora))
    assert len(known) == 3


def test_the_certificate_of_a_result_is_the_row(aurora: Customer) -> None:
    original = import_bundle(certificate(1), customer=aurora, order=ORDER, by=SYSTEM, at=NOW)[0].certificate
    assert original is not None
    order = replace(ORDER, reissued_from=original.fingerprint, term_years=2, to_be_renewed=True, brand="wotrus")
    (result,) = import_bundle(certificate(2), customer=aurora, order=order, by=SYSTEM, at=NOW)
    made, row = result.certificate, Certificate.objects.get(common_name="n2.aurora.example")
    assert made == row
    for field in Certificate._meta.concrete_fields:
        assert getattr(made, field.attname) == getattr(row, field.attname), field.attname
    assert made is not None
    made.enter_revocation()
    made.save()
    assert Certificate.objects.get(pk=row.pk).state == "revoking"


def test_staff_find_an_imported_certificate_by_all_its_names(aurora: Customer) -> None:
    names = ["*.straße.example", "xn--fiqs8s.example", "WWW.Aurora.Example", "192.0.2.7"]
    general = [x509.DNSName(name.encode("idna").decode()) for name in names[:3]]
    more = [*general, x509.IPAddress(ip_address(names[3]))]
    (result,) = import_bundle(certificate(1, more), customer=aurora, order=ORDER, by=SYSTEM, at=NOW)
    row = Certificate.objects.get()
    assert set(row.spellings.values_list("name", flat=True)) == {name.name for name in row.name_rows()}
    assert {"中国.example", "192.0.2.7", "www.aurora.example", "n1.aurora.example"} <= {
        spelling.name for spelling in row.spellings.all()
    }
    assert result.stored is not None


class Clock:
    """A clock that only sleeping and `passes` move."""

    def __init__(self) -> None:
        self.now, self.slept = 100.0, list[float]()

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 6))
        self.now += seconds

    def passes(self, seconds: float) -> None:
        self.now += seconds


def test_the_pause_between_two_batches_is_as_long_as_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(certificates, "time", clock)
    monkeypatch.setattr(certificates, "PAUSE", 0.03)
    turns = certificates._Turns()
    for reading, writing in ((0.5, 0.2), (0.05, 0.01), (0.01, 0.01), (1, 0)):
        clock.passes(reading)
        with turns.writing():
            clock.passes(writing)
    assert clock.slept == [0, 0.15, 0.02, 0]


def test_the_same_file_again_writes_nothing(aurora: Customer, many: list[bytes]) -> None:
    data = b"".join(many[:20]) + certificate(5000, ca=True)
    list(taken(data, aurora))
    with CaptureQueriesContext(connection) as queries:
        assert counted(taken(data, aurora)) == {Result.KNOWN: 20, Result.ISSUER: 1}
    assert not [q["sql"] for q in queries if not q["sql"].startswith("SELECT")]


@pytest.mark.django_db(transaction=True)
def test_others_can_write_between_two_batches(alice: Actor, many: list[bytes]) -> None:
    """Another connection, which waits for nothing, writes while the import is going on."""
    owner, wrote, failed = Customer.objects.get(slug="aurora"), 0, []

    def write() -> None:
        try:
            if connection.vendor == "sqlite":
                connection.ensure_connection()
                connection.connection.execute("PRAGMA busy_timeout = 0")
            Customer.objects.filter(pk=owner.pk).update(name="Aurora again")
        except DatabaseError as error:
            failed.append(error)
        finally:
            connection.close()

    for number, _result in enumerate(taken(b"".join(many), owner)):
        if number % BATCH == 0:
            writer = threading.Thread(target=write)
            writer.start()
            writer.join()
            wrote += 1
    assert (wrote, failed) == (3, [])
    assert Certificate.objects.count() == MANY


def test_an_import_that_was_killed_is_completed_by_another(aurora: Customer, many: list[bytes]) -> None:
    data = b"".join(many)
    killed: Any = taken(data, aurora)
    for _ in range(BATCH + 1):  # the second batch is stored when its first result comes
        next(killed)
    killed.close()
    assert Certificate.objects.count() == 2 * BATCH
    assert counted(taken(data, aurora)) == {Result.KNOWN: 2 * BATCH, Result.ADDED: MANY - 2 * BATCH}
    assert Event.objects.filter(kind="imported").count() == MANY


@pytest.mark.parametrize("place", range(4))
def test_threat_48_one_odd_certificate_costs_only_itself_at_every_place(
    aurora: Customer, many: list[bytes], place: int
) -> None:
    odd = [many[9][:200] + b"\n", many[9].replace(many[9].split(b"-----")[2], b"\n!\n"), certificate(9, oid=PSEUDONYM)]
    for bad in odd:
        files = [*many[:place], bad, *many[place:3]]
        results = list(taken(b"".join(files), aurora, IssuanceFacts()))
        assert [result.number for result in results if result.refused] == [place + 1]
    assert Certificate.objects.count() == 3


def test_C5_one_odd_certificate_costs_only_itself(aurora: Customer, many: list[bytes]) -> None:
    odd = many[1].replace(many[1].split(b"-----")[2], b"\nMIIB\n")
    results = list(taken(many[0] + odd + many[2] + many[0], aurora))
    assert [result.result for result in results] == [Result.ADDED, Result.REFUSED, Result.ADDED, Result.KNOWN]
    assert (results[1].number, results[1].line) == (2, 1 + many[0].count(b"\n"))
    event = Event.objects.get(kind="import_refused")
    assert event.data == {"code": "not_whole", "private_key": False, "certificates": 1}


def test_C5_one_without_a_level_costs_only_itself(aurora: Customer) -> None:
    unclear = certificate(8000, oid=PSEUDONYM)
    results = list(taken(unclear + certificate(9000, ca=True), aurora, IssuanceFacts()))
    assert [result.result for result in results] == [Result.REFUSED, Result.ISSUER]
    assert isinstance(results[0].refused, ImportRefused)
    assert IssuerCertificate.objects.count() == 1
    with pytest.raises(ImportRefused):
        import_bundle(unclear, customer=aurora, order=IssuanceFacts(), by=SYSTEM, at=NOW)


@pytest.fixture
def results_with(
    aurora: Customer, many: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> Callable[[dict[str, Any]], list[Result]]:
    """Return a function that imports three certificates, the second read with changed facts."""
    odd = read_certificate(x509.load_pem_x509_certificate(many[1]).public_bytes(Encoding.DER))

    def run(change: dict[str, Any]) -> list[Result]:
        def read(der: bytes, parsed: asn1.Certificate | None = None) -> CertificateFacts:
            facts = read_certificate(der)
            return facts._replace(**change) if facts.fingerprint_sha256 == odd.fingerprint_sha256 else facts

        monkeypatch.setattr(bundle, "read_quickly", read)
        return [result.result for result in taken(b"".join(many[:3]), aurora)]

    return run


@pytest.mark.parametrize("change", [{"fingerprint_sha256": "F" * 65}, {"serial_number": 1 << 1100}])
def test_C5_one_that_the_database_does_not_take_costs_only_itself(
    results_with: Callable[[dict[str, Any]], list[Result]], change: dict[str, Any]
) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite takes everything")
    assert results_with(change) == [Result.ADDED, Result.REFUSED, Result.ADDED]
    assert Certificate.objects.count() == 2


@pytest.mark.parametrize("change", [{"key_algorithm": "x" * 61}, {"subject": "a\0b"}])
def test_C5_what_is_only_shown_is_fitted_to_the_database(
    results_with: Callable[[dict[str, Any]], list[Result]], change: dict[str, Any]
) -> None:
    assert results_with(change) == [Result.ADDED, Result.ADDED, Result.ADDED]


@pytest.mark.parametrize("seen", [True, False])
def test_a_certificate_that_comes_in_meanwhile_is_known(
    aurora: Customer, many: list[bytes], seen: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two imports of a file at once: the other stores a certificate after the first look-up, or after the second."""
    real = intake._known
    looks: list[int] = []

    def known(facts: Iterable[CertificateFacts]) -> dict[str, Certificate]:
        looks.append(1)
        if len(looks) == 1:
            monkeypatch.setattr(intake, "_known", real)
            list(taken(many[1], aurora))
            monkeypatch.setattr(intake, "_known", known)
        return real(facts) if len(looks) > (1 if seen else 2) else {}

    monkeypatch.setattr(intake, "_known", known)
    assert counted(taken(b"".join(many[:3]), aurora)) == {Result.ADDED: 2, Result.KNOWN: 1}
    assert Event.objects.filter(kind="imported").count() == 3


def test_a_file_that_is_cut_off_is_taken_up_to_there_and_told(aurora: Customer, many: list[bytes]) -> None:
    results = list(taken(many[0] + many[1][:200], aurora))
    assert [result.result for result in results] == [Result.ADDED, Result.REFUSED]
    assert "cut off after certificate number 1" in str(results[1].refused)
    with pytest.raises(UnreadableCertificate, match="in its first certificate"):
        import_bundle(many[3][:200], customer=aurora, order=ORDER, by=SYSTEM, at=NOW)


def test_threat_40_nothing_of_a_file_with_a_key_is_taken(aurora: Customer, many: list[bytes]) -> None:
    data = b"".join(many) + b"-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n"
    with pytest.raises(UnreadableCertificate):
        list(taken(data, aurora))
    assert not Certificate.objects.exists()
    assert Event.objects.get(kind="import_refused").data["private_key"] is True
