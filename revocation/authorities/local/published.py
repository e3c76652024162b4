"""What local authorities publish: certificates, CRLs and OCSP answers, by the addresses that certificates name.

No session is read and no page is made. Every certificate that was issued names these addresses: never change them.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import unquote

from django.db.models import QuerySet

from certportal.numbers import RowNumber
from revocation.authorities.local import crl
from revocation.authorities.local.keys import KeyUnreadable
from revocation.authorities.local.models import CrlShard, LocalAuthority
from revocation.authorities.local.ocsp import respond
from revocation.authorities.local.ocsp.answer import Answer, refusal
from revocation.authorities.local.ocsp.request import MAX_REQUEST_BYTES
from revocation.authorities.local.reply import (
    NEVER_KEPT,
    TEXT,
    Environ,
    Reply,
    is_conditional,
    kept_until,
    not_allowed,
    not_found,
    unchanged,
)
from revocation.pki.openssl import OpensslFailed, OpensslMissing, pem

FOLDER = "/pki/"

LONGEST_REPEAT = timedelta(minutes=1)
"""How long a cache may repeat an OCSP answer, so that a revocation is seen soon. RFC 5019 section 6.2 would allow
as long as the answer is good, which is far longer."""

CRL_LONGEST_REPEAT = timedelta(minutes=5)
FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}

CANNOT_SIGN = (KeyUnreadable, OpensslFailed, OpensslMissing, crl.CrlBusy)
RETRY_AFTER = {"Retry-After": "60"}

DER, PEM = "application/pkix-crl", "application/x-pem-file"
OCSP = {"Content-Type": "application/ocsp-response"}


class Asked(NamedTuple):
    """Who is asked, for what (the end of the address), and when. `environ`: of WSGI (PEP 3333)."""

    environ: Environ
    slug: str
    last: str
    at: datetime


def answer(environ: Environ, *, at: datetime) -> Reply:
    """Answer a request to an address in `FOLDER`. A HEAD is answered like a GET: who sends it leaves the body out.

    Raises what the database raises.
    """
    path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
    for address, methods, act in ADDRESSES:
        if found := address.fullmatch(path):
            if method not in methods:
                return not_allowed(methods)
            try:
                return act(Asked(environ, found["slug"], found["last"], at))
            except LocalAuthority.DoesNotExist:
                return not_found()
    return not_found()


def _ocsp_post(asked: Asked) -> Reply:
    """OCSP over POST (RFC 6960 appendix A.1)."""
    return Reply.of(200, _ocsp(asked, _body(asked.environ)).der, OCSP, NEVER_KEPT)


def _ocsp_get(asked: Asked) -> Reply:
    """OCSP over GET: the request in base64, which some clients also percent-encode (appendix A.1)."""
    answered = _ocsp(asked, _decoded(asked.last))
    if answered.this_update is None or answered.next_update is None:
        return Reply.of(200, answered.der, OCSP, NEVER_KEPT)
    headers = kept_until(asked.at, answered.this_update, answered.next_update, LONGEST_REPEAT)
    headers["ETag"] = _etag(answered.der)
    return unchanged(asked.environ, headers) or Reply.of(200, answered.der, OCSP, headers)


def _ocsp(asked: Asked, request_der: bytes) -> Answer:
    try:
        return respond.respond(asked.slug, request_der, at=asked.at)
    except CANNOT_SIGN:
        return refusal("try_later")


def _body(environ: Environ) -> bytes:
    """Return what was sent, up to one byte more than a request may have. Empty if it did not arrive."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        return bytes(environ["wsgi.input"].read(max(0, min(length, MAX_REQUEST_BYTES + 1))))
    except (ValueError, OSError):
        return b""


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(unquote(encoded).encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return b""


def _crl_der(asked: Asked) -> Reply:
    """The complete CRL (RFC 5280 section 5; media type of RFC 2585)."""
    return _crl(asked, LocalAuthority.objects.filter(slug=asked.slug), DER)


def _crl_pem(asked: Asked) -> Reply:
    """The complete CRL, for tools that want PEM."""
    return _crl(asked, LocalAuthority.objects.filter(slug=asked.slug), PEM)


def _shard_der(asked: Asked) -> Reply:
    """The CRL of one shard, at the address in its certificates."""
    return _crl(asked, CrlShard.objects.filter(authority__slug=asked.slug, number=int(asked.last)), DER)


def _crl(asked: Asked, rows: QuerySet[crl.Row], content_type: str) -> Reply:
    """Answer with the CRL of the only row. One query, without the CRL where the asker may have it already."""
    row = (rows if is_conditional(asked.environ) else rows.select_related("crl")).first()
    if row is None:
        return not_found()
    try:
        published = crl.stored_crl(row, at=asked.at)
    except CANNOT_SIGN as problem:
        return Reply.of(503, f"{problem}\n".encode(), TEXT, NEVER_KEPT, RETRY_AFTER)
    this_update, next_update = published.crl_this_update, published.crl_next_update
    assert this_update is not None  # noqa: S101 stored_crl promises an edition
    assert next_update is not None  # noqa: S101
    headers = kept_until(asked.at, this_update, next_update, CRL_LONGEST_REPEAT)
    # A restored backup gives a number a second time.
    headers["ETag"] = f'"{published.crl_number}-{int(this_update.timestamp())}"'
    if same := unchanged(asked.environ, headers):
        return same
    der = published.crl_der
    body = pem("X509 CRL", der) if content_type == PEM else der
    return Reply.of(200, body, {"Content-Type": content_type}, headers)


def _ca_der(asked: Asked) -> Reply:
    """The authority's certificate (media type of RFC 2585)."""
    return _ca(asked, lambda der: der, "application/pkix-cert")


def _ca_pem(asked: Asked) -> Reply:
    """The authority's certificate, for tools that want PEM."""
    return _ca(asked, lambda der: pem("CERTIFICATE", der), PEM)


def _ca(asked: Asked, write: Callable[[bytes], bytes], content_type: str) -> Reply:
    der = LocalAuthority.objects.filter(slug=asked.slug).values_list("certificate_der", flat=True).first()
    if der is None:
        return not_found()
    body = write(bytes(der))
    headers = {**FOR_A_DAY, "ETag": _etag(body)}
    return unchanged(asked.environ, headers) or Reply.of(200, body, {"Content-Type": content_type}, headers)


def _etag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()}"'


SAFE_METHODS = ("GET", "HEAD")


def _address(last: str) -> re.Pattern[str]:
    return re.compile(rf"{FOLDER}(?P<slug>[-a-zA-Z0-9_]+)/{last}")


ADDRESSES: tuple[tuple[re.Pattern[str], tuple[str, ...], Callable[[Asked], Reply]], ...] = (
    (_address("(?P<last>ocsp)"), ("POST",), _ocsp_post),
    (_address("ocsp/(?P<last>.+)"), SAFE_METHODS, _ocsp_get),
    (_address(rf"crl/(?P<last>{RowNumber.regex})\.der"), SAFE_METHODS, _shard_der),
    (_address(r"(?P<last>crl\.der)"), SAFE_METHODS, _crl_der),
    (_address(r"(?P<last>crl\.pem)"), SAFE_METHODS, _crl_pem),
    (_address(r"(?P<last>ca\.crt)"), SAFE_METHODS, _ca_der),
    (_address(r"(?P<last>ca\.pem)"), SAFE_METHODS, _ca_pem),
)
"""An address, the methods that it takes, and what answers."""
