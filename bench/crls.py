"""The CRLs of an embedded authority with a million revoked certificates, as the worker publishes them."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cryptography import x509
from django.db import connection, transaction

from bench.figures.rows import DJANGO_CA, OPENSSL_CA, SIGNING
from bench.figures.table import Figure
from bench.filling import quick_writes
from bench.leaves import Issuer
from bench.measuring import Unmeasured, in_turns, median_spent, peak, spent
from bench.peers import openssl, scratch
from bench.peers.conversation import Peer
from bench.peers.wsgi import ask
from bench.seeding import NOW, authority
from revocation.authorities.local import keys
from revocation.authorities.local.issue import address, new_serial_number, serial_text, shard_address
from revocation.authorities.local.models import SHARDS, CrlShard, IssuedCertificate, LocalAuthority
from revocation.authorities.local.revoke import crl_entry, revoke_certificate
from revocation.services.authority import embedded_publication

ISSUED = int(os.environ.get("BENCH_ISSUED", "1000000"))
LEAF = os.urandom(1200)
"""Stands for a certificate (bytes): making a CRL reads past them."""

FEW = 3000
"""Entries at which django-ca is measured: it copies its list for each entry."""

SHARD = 3
TOGETHER = 20_000
ENDS = NOW + timedelta(days=90)
ROUNDS = 3


def crls() -> Iterator[Figure]:
    """Publish a shard's CRL and the complete one after one more revocation in each round."""
    issuer = authority("many")
    with quick_writes():
        _fill(issuer, ISSUED)
    shard = issuer.crl_shards.get(number=SHARD)
    revoke_one = _revoker(issuer)
    publish_shard = partial(_publish_shard, shard.pk)
    publish_all = partial(_publish_complete, issuer.pk)
    publish_all()
    publish_shard()
    yield from _shard(issuer, shard, revoke_one, publish_shard)
    yield from _complete(issuer, revoke_one, publish_all)
    yield from _beside_django_ca()


def _shard(
    issuer: LocalAuthority, shard: CrlShard, revoke_one: Callable[[], None], publish: Callable[[], None]
) -> Iterator[Figure]:
    signer = keys.status_signer(issuer)
    der = _published(shard_address(issuer, shard.number))
    with tempfile.TemporaryDirectory() as folder:
        entries = [(one.serial_number, ENDS) for one in x509.load_der_x509_crl(der)]
        by_openssl = openssl.crl_maker(Path(folder), issuer, entries)
        found = in_turns(
            rounds=ROUNDS,
            ours=lambda: _after_one_more(revoke_one, publish, shard) * 1000,
            openssl=lambda: by_openssl() * 1000,
            signing=lambda: median_spent(lambda: signer.sign(der), 3) * 1000,
        )
    yield Figure("crl_shard", found["ours"], "ms", {OPENSSL_CA: found["openssl"]}, {SIGNING: found["signing"]})
    revoke_one()
    yield Figure("crl_shard_memory", peak(publish), "MB")


def _complete(issuer: LocalAuthority, revoke_one: Callable[[], None], publish: Callable[[], None]) -> Iterator[Figure]:
    der = _published(address(issuer, "crl.der"))
    signer = keys.status_signer(issuer)
    found = in_turns(
        rounds=ROUNDS,
        ours=lambda: _after_one_more(revoke_one, publish, issuer) * 1000,
        signing=lambda: spent(lambda: signer.sign(der)) * 1000,
    )
    yield Figure("crl_complete", found["ours"], "ms", limit={SIGNING: found["signing"]})
    revoke_one()
    yield Figure("crl_complete_memory", peak(publish) * 1e6 / len(der), "times")


def _beside_django_ca() -> Iterator[Figure]:
    """Compare complete CRLs that are short enough for django-ca."""
    issuer = authority("few")
    _fill(issuer, FEW)
    revoke_one = _revoker(issuer)
    publish = partial(_publish_complete, issuer.pk)
    publish()
    with tempfile.TemporaryDirectory() as folder, scratch.authority(folder, *Issuer().leaves(FEW)) as peer:
        found = in_turns(
            rounds=ROUNDS,
            ours=lambda: _after_one_more(revoke_one, publish, issuer) * 1000,
            peer=peer if isinstance(peer, Unmeasured) else partial(_crl_of_django_ca, peer),
        )
    yield Figure("crl_3000", found["ours"], "ms", {DJANGO_CA: found["peer"]})


def _crl_of_django_ca(peer: Peer) -> float:
    """Return the milliseconds of a CRL of all certificates, which are revoked before the first."""
    peer.ask("revoke_all")
    return float(peer.ask("crl")) * 1000


def _after_one_more(
    revoke_one: Callable[[], None], publish: Callable[[], None], row: LocalAuthority | CrlShard
) -> float:
    """Return the seconds of processor time of publishing one more revocation. Raises if it was not published."""
    revoke_one()
    before = type(row).objects.values_list("crl_number", flat=True).get(pk=row.pk)
    taken = spent(publish)
    if type(row).objects.values_list("crl_number", flat=True).get(pk=row.pk) == before:
        raise RuntimeError("No CRL was published.")
    return taken


def _publish_shard(shard_id: int) -> None:
    embedded_publication.publish_shard(shard_id, at=_now())


def _publish_complete(authority_id: int) -> None:
    embedded_publication.publish_complete(authority_id, at=_now())


def _now() -> datetime:
    return datetime.now(UTC)


def _published(where: str) -> bytes:
    """Return the CRL that is served there."""
    from certportal.wsgi import application

    return ask(application, urlsplit(where).path, headers={"HTTP_HOST": "localhost"}).body


def _revoker(issuer: LocalAuthority) -> Callable[[], None]:
    """Return what revokes one more certificate of the shard."""
    waiting = [_serial(SHARD) for _ in range(4 * ROUNDS + 4)]
    IssuedCertificate.objects.bulk_create(
        IssuedCertificate(
            authority=issuer,
            serial_number=serial_text(serial),
            certificate_der=LEAF,
            not_after=ENDS,
            shard=SHARD,
        )
        for serial in waiting
    )

    def revoke_one() -> None:
        revoke_certificate(issuer, waiting.pop(), 1, at=_now())

    return revoke_one


def _serial(shard: int) -> int:
    """Return a fresh serial number whose certificate belongs to the shard."""
    return new_serial_number() // SHARDS * SHARDS + shard


def _fill(issuer: LocalAuthority, number: int) -> None:
    """Add this many revoked certificates, in all shards alike, straight into the table."""
    sample = new_serial_number()
    before, after = crl_entry(sample, NOW, 1).split(sample.to_bytes(20, "big"))
    facts = {
        "authority_id": issuer.pk,
        "certificate_der": LEAF,
        "not_after": ENDS,
        "revoked_at": NOW,
        "reason": 1,
        "revoke_calls": 1,
        "effective_revocations": 1,
    }
    fields = [field for field in IssuedCertificate._meta.concrete_fields if not field.primary_key]
    example = IssuedCertificate(**facts)
    plain = {field.column: field.get_db_prep_save(getattr(example, field.attname), connection) for field in fields}
    columns = list(plain)
    places = [columns.index(name) for name in ("serial_number", "shard", "crl_entry")]
    values = ", ".join(["%s"] * len(columns))
    insert = f"INSERT INTO {IssuedCertificate._meta.db_table} ({', '.join(columns)}) VALUES ({values})"  # noqa: S608

    def row(n: int) -> list[Any]:
        serial, made = _serial(n % SHARDS), list(plain.values())
        told = (serial_text(serial), n % SHARDS, before + serial.to_bytes(20, "big") + after)
        for place, value in zip(places, told, strict=True):
            made[place] = value
        return made

    for start in range(0, number, TOGETHER):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(insert, [row(n) for n in range(start, min(start + TOGETHER, number))])
    for shard in issuer.crl_shards.all():
        mine = IssuedCertificate.objects.filter(authority=issuer, shard=shard.number).count()
        CrlShard.objects.filter(pk=shard.pk).update(revocations=mine)
    LocalAuthority.objects.filter(pk=issuer.pk).update(revocations=number)
