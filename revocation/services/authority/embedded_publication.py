"""What the embedded authorities publish: the worker makes their CRLs and signs their OCSP answers in good time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from revocation.authorities.local import crl
from revocation.authorities.local.keys import KeyUnreadable
from revocation.authorities.local.models import CrlShard, LocalAuthority
from revocation.authorities.local.ocsp import stock
from revocation.pki.openssl import OpensslFailed, OpensslMissing

log = logging.getLogger(__name__)

CANNOT_SIGN = (KeyUnreadable, OpensslFailed, OpensslMissing, crl.CrlBusy)


def due_shards(*, at: datetime) -> list[int]:
    """Return shards whose CRL lacks a revocation or is at half its life, whether anybody fetches it or not."""
    return list(crl.due_shards(at).values_list("pk", flat=True))


def publish_shard(shard_id: int, *, at: datetime) -> None:
    """Publish a new edition of the shard's CRL, if it still needs one."""
    shard = CrlShard.objects.select_related("authority").defer("authority__earlier_der").get(pk=shard_id)
    _tried(shard.authority, lambda: crl.publish_crl(shard, at=at))


def due_complete(*, at: datetime) -> list[int]:
    """Return authorities whose complete CRL is due."""
    return crl.due_complete(at)


def publish_complete(authority_id: int, *, at: datetime) -> None:
    """Publish a new edition of the complete CRL, if it still needs one."""
    authority = LocalAuthority.objects.get(pk=authority_id)
    _tried(authority, lambda: crl.publish_crl(authority, at=at))


def due_answers(*, at: datetime) -> list[int]:
    """Return authorities whose appointed OCSP key or stored answers are at half their life."""
    return stock.due(at)


def renew_answers(authority_id: int, *, at: datetime) -> None:
    """Make a fresh OCSP key if the newest is at half its life, and sign one batch of stored answers anew."""
    authority = LocalAuthority.objects.get(pk=authority_id)
    _tried(authority, lambda: stock.renew(authority, at=at))


def _tried(authority: LocalAuthority, publish: Callable[[], object]) -> None:
    """Publish, or log that the authority cannot sign. It is tried again at the next look and holds up no other."""
    try:
        publish()
    except CANNOT_SIGN as problem:
        log.error("authority %s cannot publish: %s", authority.slug, problem)
