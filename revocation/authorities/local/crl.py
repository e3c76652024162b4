"""The authority's CRLs (RFC 5280 section 5): a complete one, and one for each shard of its certificates.

A CRL is header, entries (`edition`), extensions, signature. No entry is decoded or encoded again, so a million cost a
second and about twice the memory that the CRL is long.
"""

from datetime import datetime, timedelta
from typing import TypeVar

from asn1crypto import core
from asn1crypto import x509 as asn1
from asn1crypto.parser import emit
from cryptography import x509
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Length

from revocation.authorities.local import keys
from revocation.authorities.local.assembly import Extension, asn1_time, extensions_der
from revocation.authorities.local.crls import edition
from revocation.authorities.local.issue import authority_key_identifier, shard_address
from revocation.authorities.local.models import AuthorityCrl, CrlRow, CrlShard, LocalAuthority, ShardCrl

LIFE = edition.LIFE

REST_PER_MEGABYTE = timedelta(seconds=1)
"""How long a complete CRL rests between two editions after revocations. Relying parties fetch its shards."""

AHEAD = timedelta(minutes=1)
"""How far the clocks of machines may differ. What is dated further ahead was signed by a wrong clock: it is made anew,
since relying parties refuse it."""

ATTEMPTS = 5

EMPTIED: dict[str, dict[str, bytes]] = {"sqlite": {"earlier_der": b""}}
"""SQLite would read the bytes of an earlier release with every change of the row. PostgreSQL keeps them outside of it,
where web servers of that release may still read them."""

V2 = core.Integer(1).dump()
SEQUENCE = 0x30


class CrlBusy(Exception):
    """Others kept publishing at the same time, and the published CRL does not cover everything yet. Try again."""


Row = TypeVar("Row", LocalAuthority, CrlShard)


def stored_crl(row: Row, *, at: datetime) -> Row:
    """Return the row with the CRL to serve, which is the stored edition.

    A new one is put together only where there is none yet, or where it ran out because no worker runs. Raises what
    `publish_crl` raises.
    """
    this_update, next_update = row.crl_this_update, row.crl_next_update
    fresh = this_update is not None and next_update is not None and this_update <= at + AHEAD and at < next_update
    return row if fresh else publish_crl(row, at=at)


def publish_crl(row: Row, *, at: datetime) -> Row:
    """Return the row with a CRL that covers every revocation committed before the call.

    A new one is put together only when there is none, after a revocation, and when half its life is over. There are no
    locks: what was published meanwhile is noticed by its number, and wins. Raises CrlBusy, keys.KeyUnreadable, and for
    SM2 openssl.OpensslMissing, openssl.OpensslFailed.
    """
    for _ in range(ATTEMPTS):
        now = _read_again(row)
        if not _is_due(now, at):
            return now
        _replace(now, at)
    raise CrlBusy(f"The CRL {row} changes faster than it can be published.")


def _read_again(row: Row) -> Row:
    """Read the row and, for a shard, its authority."""
    rows = type(row).objects.all()
    if isinstance(row, CrlShard):
        rows = rows.select_related("authority").defer("earlier_der", "authority__earlier_der")
    return rows.get(pk=row.pk)


def due_shards(at: datetime) -> QuerySet[CrlShard]:
    """Return the shards whose CRL lacks a revocation, was never made, or is at half its life."""
    return CrlShard.objects.filter(_lacks_one() | _is_old(at))


def due_complete(at: datetime) -> list[int]:
    """Return the primary keys of authorities whose complete CRL is due. A long one rests a little between editions."""
    due = LocalAuthority.objects.filter(_lacks_one() | _is_old(at)).annotate(size=Length("crl__der"))
    return [
        pk
        for pk, made, size in due.values_list("pk", "crl_this_update", "size")
        if made is None or made + REST_PER_MEGABYTE * (size / 1e6) <= at
    ]


def build(
    authority: LocalAuthority,
    entries: bytearray,
    *,
    number: int,
    this_update: datetime,
    next_update: datetime,
    scope: x509.IssuingDistributionPoint | None = None,
) -> bytearray:
    """Return the DER of a CRL with these entries (DER, joined): a complete one, or that of a `scope`.

    The entries' own buffer becomes the CRL, because there may be many megabytes of them.
    """
    signer = keys.status_signer(authority)
    crl = entries
    if crl:  # absent, not empty: RFC 5280 section 5.1.2.6
        crl[:0] = _header(len(crl))
    crl[:0] = _head(authority, signer.algorithm.dump(), this_update, next_update)
    crl += _tail(authority, number, scope)
    crl[:0] = _header(len(crl))
    crl += signer.algorithm.dump() + core.OctetBitString(signer.sign(crl)).dump()
    crl[:0] = _header(len(crl))
    return crl


def _head(authority: LocalAuthority, algorithm: bytes, this_update: datetime, next_update: datetime) -> bytes:
    issuer = x509.load_der_x509_certificate(bytes(authority.certificate_der)).subject
    name = asn1.Name.load(issuer.public_bytes()).dump()
    return b"".join((V2, algorithm, name, asn1_time(this_update).dump(), asn1_time(next_update).dump()))


def _tail(authority: LocalAuthority, number: int, scope: x509.IssuingDistributionPoint | None) -> bytes:
    extensions = [Extension(authority_key_identifier(authority)), Extension(x509.CRLNumber(number))]
    if scope is not None:
        extensions.append(Extension(scope, critical=True))
    return bytes(emit(2, 1, 0, extensions_der(extensions).dump()))


def _header(length: int) -> bytes:
    """Tag and length of a SEQUENCE (X.690 section 8.1.3)."""
    if length < 0x80:
        return bytes((SEQUENCE, length))
    size = (length.bit_length() + 7) // 8
    return bytes((SEQUENCE, 0x80 | size)) + length.to_bytes(size, "big")


def _lacks_one() -> Q:
    return Q(revocations__gt=F("crl_covers"))


def _is_old(at: datetime) -> Q:
    return Q(crl_this_update=None) | Q(crl_this_update__lte=at - LIFE / 2) | Q(crl_this_update__gt=at + AHEAD)


def _is_due(row: CrlRow, at: datetime) -> bool:
    made = row.crl_this_update
    return made is None or row.revocations > row.crl_covers or at >= made + LIFE / 2 or made > at + AHEAD


def _replace(read: LocalAuthority | CrlShard, at: datetime) -> None:
    """Put a new CRL together and store it, unless another was stored meanwhile. `read` was loaded before."""
    at = at.replace(microsecond=0)
    number = read.crl_number + 1
    authority, scope = (read.authority, shard_scope(read)) if isinstance(read, CrlShard) else (read, None)
    entries = edition.append(read, at) or edition.collect(read, at)
    der = build(authority, entries.der, number=number, this_update=at, next_update=at + LIFE, scope=scope)
    with transaction.atomic():
        same = type(read).objects.filter(pk=read.pk, crl_number=read.crl_number)
        if same.update(
            crl_number=number,
            crl_covers=entries.covers,
            crl_layout=entries.layout.as_json(),
            crl_this_update=at,
            crl_next_update=at + LIFE,
            **EMPTIED.get(connection.vendor, {}),
        ):
            _keep(read, number, der)


def _keep(row: LocalAuthority | CrlShard, number: int, der: bytearray) -> None:
    """Keep the bytes of an edition in place of the last one's."""
    kept = ShardCrl if isinstance(row, CrlShard) else AuthorityCrl
    if not kept.objects.filter(row=row.pk).update(number=number, der=der):
        kept.objects.create(row_id=row.pk, number=number, der=der)


def shard_scope(shard: CrlShard) -> x509.IssuingDistributionPoint:
    """What the shard covers: the end-entity certificates that name its address (RFC 5280 section 5.2.5)."""
    where = x509.UniformResourceIdentifier(shard_address(shard.authority, shard.number))
    return x509.IssuingDistributionPoint(
        full_name=[where],
        relative_name=None,
        only_contains_user_certs=True,
        only_contains_ca_certs=False,
        only_some_reasons=None,
        indirect_crl=False,
        only_contains_attribute_certs=False,
    )
