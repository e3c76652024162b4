"""An edition of a CRL that was appended to lists what one that was read anew lists, whatever happened before."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from revocation.authorities.local import crl
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.crls import edition
from revocation.authorities.local.issue import new_serial_number, serial_text
from revocation.authorities.local.models import (
    AuthorityCrl,
    CrlShard,
    IssuedCertificate,
    LocalAuthority,
    ShardCrl,
)
from revocation.authorities.local.revoke import revoke_certificate
from revocation.pki.openssl import pem
from revocation.services.authority import embedded_publication
from tests.authorities.openssl_ca import openssl_says
from tests.services.core.test_concurrency import at_once
from tests.support import effort

pytestmark = pytest.mark.database

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
Row = LocalAuthority | CrlShard
Forbid = Callable[[str], None]


@pytest.fixture
def authority(db: None) -> LocalAuthority:
    return create_authority("editions", "Editions CA", "ecdsa", at=NOW - timedelta(days=99), shards=2)


@pytest.fixture
def forbid(monkeypatch: pytest.MonkeyPatch) -> Forbid:
    """Return what makes one of the two ways to the entries fail the test."""

    def never(*_: object) -> Any:
        raise AssertionError("This way is not taken here.")

    return lambda way: monkeypatch.setattr(edition, way, never)


def issued(authority: LocalAuthority, number: int, *, end: datetime = NOW + timedelta(days=90)) -> list[int]:
    """Add issued certificates of shard 1, without bytes, which do not matter here. Return their serial numbers."""
    serials = [new_serial_number() | 1 for _ in range(number)]
    IssuedCertificate.objects.bulk_create(
        IssuedCertificate(
            authority=authority, serial_number=serial_text(serial), certificate_der=b"", not_after=end, shard=1
        )
        for serial in serials
    )
    return serials


def revoke(authority: LocalAuthority, *serials: int, at: datetime = NOW, reason: int = 1) -> None:
    for serial in serials:
        revoke_certificate(authority, serial, reason, at=at)


def shard(authority: LocalAuthority) -> CrlShard:
    return authority.crl_shards.get(number=1)


def listed(row: Row) -> list[int]:
    return [entry.serial_number for entry in x509.load_der_x509_crl(type(row).objects.get(pk=row.pk).crl_der)]


def is_as_if_read_anew(row: Row, at: datetime) -> bool:
    """Compare what is signed, byte by byte, with a CRL of all entries as the database has them, in the same order."""
    row = type(row).objects.get(pk=row.pk)
    stored = x509.load_der_x509_crl(row.crl_der)
    of_scope = IssuedCertificate.objects.filter(revoked_at__isnull=False, authority=row.pk)
    if isinstance(row, CrlShard):
        of_scope = IssuedCertificate.objects.filter(
            revoked_at__isnull=False, authority=row.authority_id, shard=row.number
        )
    entries = {int(one.serial_number, 16): bytes(one.crl_entry or b"") for one in of_scope}
    anew = crl.build(
        row.authority if isinstance(row, CrlShard) else row,
        bytearray().join(entries.pop(entry.serial_number) for entry in stored),
        number=row.crl_number,
        this_update=at,
        next_update=at + crl.LIFE,
        scope=crl.shard_scope(row) if isinstance(row, CrlShard) else None,
    )
    same = x509.load_der_x509_crl(bytes(anew)).tbs_certlist_bytes == stored.tbs_certlist_bytes
    return same and not entries and row.crl_covers == row.revocations


@pytest.mark.parametrize("seed", range(effort.rounds(4, 200)))
def test_any_sequence_of_revocations_and_editions_lists_each_once(
    authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Times of revocation go back and forth, many are equal, and the recent part of the list is short."""
    monkeypatch.setattr(edition, "RECENT", 3)
    monkeypatch.setattr(edition, "MOST_RECENT", 12)
    chance, serials, at = random.Random(seed), issued(authority, 40), NOW
    ways = {"append": 0, "collect": 0}
    for way in ways:
        _count(monkeypatch, ways, way)
    while serials:
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            late = chance.choice((0, 0, 0, 0, 1, 2, 30))
            revoke(authority, *serials[:1], at=at - late * MINUTE, reason=chance.choice((0, 1, 4)))
            serials = serials[1:]
        at += chance.choice((timedelta(0), MINUTE))
        for made in (crl.publish_crl(shard(authority), at=at), crl.publish_crl(authority, at=at)):
            assert is_as_if_read_anew(made, at)
    assert min(ways.values()) > 2, ways


def _count(monkeypatch: pytest.MonkeyPatch, ways: dict[str, int], way: str) -> None:
    act = getattr(edition, way)

    def counted(*arguments: Any) -> Any:
        made = act(*arguments)
        ways[way] += made is not None
        return made

    monkeypatch.setattr(edition, way, counted)


def test_an_appended_edition_is_what_openssl_and_the_library_read(
    authority: LocalAuthority, forbid: Forbid, tmp_path: Path
) -> None:
    serials = issued(authority, 4)
    revoke(authority, *serials[:2])
    crl.publish_crl(shard(authority), at=NOW)
    forbid("collect")
    revoke(authority, *serials[2:], at=NOW + MINUTE)
    made = crl.publish_crl(shard(authority), at=NOW + MINUTE)
    assert sorted(listed(made)) == sorted(serials)
    (tmp_path / "ca.pem").write_bytes(pem("CERTIFICATE", bytes(authority.certificate_der)))
    (tmp_path / "crl.pem").write_bytes(pem("X509 CRL", made.crl_der))
    status, said = openssl_says(tmp_path, "crl", "-in", "crl.pem", "-CAfile", "ca.pem", "-verify", "-noout", "-text")
    assert (status, "verify OK" in said) == (0, True), said
    assert all(f"{serial:X}" in said for serial in serials)


def test_the_first_entry_of_an_empty_list_is_appended(authority: LocalAuthority, forbid: Forbid) -> None:
    crl.publish_crl(shard(authority), at=NOW)
    assert listed(shard(authority)) == []
    (serial,) = issued(authority, 1)
    revoke(authority, serial)
    crl.publish_crl(shard(authority), at=NOW)
    assert listed(shard(authority)) == [serial]


def test_a_revocation_that_becomes_visible_long_after_its_time_is_listed(
    authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch, forbid: Forbid
) -> None:
    monkeypatch.setattr(edition, "RECENT", 1)
    serials = issued(authority, 5)
    for number, serial in enumerate(serials[:3]):
        revoke(authority, serial, at=NOW + number * MINUTE)
    crl.publish_crl(shard(authority), at=NOW)
    revoke(authority, serials[3], at=NOW - timedelta(hours=1))
    revoke(authority, serials[4], at=NOW + 9 * MINUTE)
    assert edition.append(shard(authority), NOW) is None
    crl.publish_crl(shard(authority), at=NOW)
    assert sorted(listed(shard(authority))) == sorted(serials)


@pytest.mark.parametrize("way", ["append", "collect"])
def test_what_is_revoked_between_two_reads_is_counted_where_it_is_listed(
    authority: LocalAuthority, way: str, forbid: Forbid
) -> None:
    """The row was read, then somebody revokes, then the entries are read. The next edition appends without a gap."""
    serials = issued(authority, 4)
    revoke(authority, serials[0])
    crl.publish_crl(shard(authority), at=NOW)
    if way == "collect":
        CrlShard.objects.update(crl_layout=None)
    revoke(authority, serials[1])
    before = shard(authority)
    revoke(authority, serials[2])
    crl._replace(before, NOW)
    assert sorted(listed(before)) == sorted(serials[:3])
    assert crl.publish_crl(before, at=NOW).crl_number == before.crl_number + 1
    forbid("collect")
    revoke(authority, serials[3])
    crl.publish_crl(before, at=NOW)
    assert sorted(listed(before)) == sorted(serials)


def test_of_two_who_publish_at_once_the_first_one_s_edition_stands(authority: LocalAuthority) -> None:
    serials = issued(authority, 3)
    revoke(authority, serials[0])
    crl.publish_crl(shard(authority), at=NOW)
    revoke(authority, serials[1])
    slow = shard(authority)
    revoke(authority, serials[2])
    crl.publish_crl(shard(authority), at=NOW)
    crl._replace(slow, NOW)
    assert (shard(authority).crl_number, sorted(listed(slow))) == (2, sorted(serials))


def test_a_count_that_is_wrong_has_all_read_anew(authority: LocalAuthority) -> None:
    serials = issued(authority, 2)
    revoke(authority, serials[0])
    crl.publish_crl(shard(authority), at=NOW)
    revoke(authority, serials[1])
    CrlShard.objects.update(revocations=99)
    assert edition.append(shard(authority), NOW) is None
    crl.publish_crl(shard(authority), at=NOW)
    assert (sorted(listed(shard(authority))), shard(authority).crl_covers) == (sorted(serials), 99)


@pytest.mark.parametrize("place", [0, 1, 5, -300, None])
def test_a_stored_edition_that_is_damaged_is_made_anew(authority: LocalAuthority, place: int | None) -> None:
    serials = issued(authority, 9)
    revoke(authority, *serials[:8])
    damaged = bytearray(crl.publish_crl(shard(authority), at=NOW).crl_der)
    if place is None:
        del damaged[100:]
    else:
        damaged[place] ^= 0x55
    ShardCrl.objects.update(der=bytes(damaged))
    revoke(authority, serials[8])
    crl.publish_crl(shard(authority), at=NOW)
    assert sorted(listed(shard(authority))) == sorted(serials)


def test_expired_entries_leave_although_there_is_always_something_to_append(authority: LocalAuthority) -> None:
    (old,) = issued(authority, 1, end=NOW - edition.KEEP_AFTER_EXPIRY + MINUTE)
    serials = issued(authority, 8)
    revoke(authority, old)
    for day, serial in enumerate(serials):
        revoke(authority, serial, at=NOW + timedelta(days=day))
        crl.publish_crl(shard(authority), at=NOW + timedelta(days=day))
        assert (old in listed(shard(authority))) == (day < 4)
    assert sorted(listed(shard(authority))) == sorted(serials)


def test_an_edition_of_an_earlier_release_is_served_and_replaced(authority: LocalAuthority) -> None:
    serials = issued(authority, 2)
    revoke(authority, serials[0])
    crl.publish_crl(shard(authority), at=NOW)
    theirs = shard(authority).crl_der
    # An earlier release writes into the row, and knows nothing of the layout.
    CrlShard.objects.filter(number=1).update(earlier_der=theirs, crl_number=2)
    ShardCrl.objects.filter(row=shard(authority)).update(der=b"an edition before")
    assert shard(authority).crl_der == theirs
    revoke(authority, serials[1])
    crl.publish_crl(shard(authority), at=NOW)
    assert sorted(listed(shard(authority))) == sorted(serials)
    if connection.vendor == "sqlite":
        assert shard(authority).earlier_der == b""


def test_an_edition_costs_what_is_new_and_never_loads_the_complete_crl(authority: LocalAuthority) -> None:
    serials = issued(authority, 3)
    crl.publish_crl(authority, at=NOW)
    crl.publish_crl(shard(authority), at=NOW)
    AuthorityCrl.objects.update(der=bytes(8_000_000))
    spent, key = [], shard(authority).pk
    for serial in serials:
        revoke(authority, serial)
        tracemalloc.start()
        with CaptureQueriesContext(connection) as asked:
            embedded_publication.publish_shard(key, at=NOW)
        spent.append((len(asked), tracemalloc.get_traced_memory()[1] < 2_000_000))
        tracemalloc.stop()
        plans = [_plan(query["sql"]) for query in asked if "local_authority_issuedcertificate" in query["sql"]]
        assert ["issued_shard_lately" in plan for plan in plans] == [True], plans
    assert spent[1:] == [(9, True)] * 2


def _plan(query: str) -> str:
    if connection.vendor != "sqlite":  # with few rows PostgreSQL rightly reads the whole table
        return "issued_shard_lately"
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN QUERY PLAN " + query)
        return "\n".join(str(row) for row in cursor.fetchall())


def test_a_revocation_does_not_touch_the_bytes_of_crls(authority: LocalAuthority) -> None:
    """SQLite reads and compares a whole row to change a number in it."""
    crl.publish_crl(authority, at=NOW)
    stored = {field.name for row in (LocalAuthority, CrlShard) for field in row._meta.concrete_fields}
    assert "crl_der" not in stored
    assert bytes(LocalAuthority.objects.get().earlier_der) == b""


@pytest.mark.django_db(transaction=True)
def test_editions_made_while_many_revoke_lose_nothing_and_list_nothing_twice() -> None:
    authority = create_authority("busy", "Busy CA", "ecdsa", at=NOW - timedelta(days=99), shards=2)
    serials = issued(authority, effort.rounds(24, 400))
    done, sizes = list[int](), [0]

    def some(part: list[int]) -> None:
        try:
            for number, serial in enumerate(part):
                with transaction.atomic():
                    revoke(authority, serial, at=NOW - number * MINUTE)
        finally:
            done.append(len(part))

    def publish() -> None:
        while len(done) < 2:
            with suppress(crl.CrlBusy):
                crl.publish_crl(shard(authority), at=NOW)
            now = listed(shard(authority))
            assert len(now) == len(set(now))
            sizes.append(len(now))

    half = len(serials) // 2
    assert at_once(lambda: some(serials[:half]), lambda: some(serials[half:]), publish) == [None] * 3
    crl.publish_crl(shard(authority), at=NOW)
    assert sorted(listed(shard(authority))) == sorted(serials)
    assert sizes == sorted(sizes)


def test_the_served_crl_is_the_stored_edition(authority: LocalAuthority) -> None:
    (serial,) = issued(authority, 1)
    revoke(authority, serial)
    crl.publish_crl(shard(authority), at=datetime.now(UTC))
    assert Client().get("/pki/editions/crl/1.der").content == shard(authority).crl_der
