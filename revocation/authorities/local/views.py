"""What a local authority publishes: its certificate, CRL and OCSP answers. Public; no session is read."""

import base64
import binascii
import hashlib
from datetime import datetime, timedelta
from urllib.parse import unquote

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from revocation.authorities.local import crl, ocsp
from revocation.authorities.local.keys import KeyUnreadable
from revocation.authorities.local.models import CrlShard, LocalAuthority
from revocation.authorities.local.ocsp_answer import refusal
from revocation.authorities.local.ocsp_request import MAX_REQUEST_BYTES
from revocation.pki.openssl import OpensslFailed, OpensslMissing, pem

LONGEST_REPEAT = timedelta(minutes=1)
"""How long a cache may repeat an OCSP answer, so that a revocation is seen soon. RFC 5019 section 6.2 would allow
as long as the answer is good, which is far longer."""

CRL_LONGEST_REPEAT = timedelta(minutes=5)

CANNOT_SIGN = (KeyUnreadable, OpensslFailed, OpensslMissing, crl.CrlBusy)
RETRY_AFTER_SECONDS = "60"

DER, PEM = "application/pkix-crl", "application/x-pem-file"


@require_safe
def crl_der(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The complete CRL (RFC 5280 section 5; media type of RFC 2585)."""
    return _crl(request, get_object_or_404(LocalAuthority, slug=slug), DER)


@require_safe
def crl_pem(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The complete CRL, for tools that want PEM."""
    return _crl(request, get_object_or_404(LocalAuthority, slug=slug), PEM)


@require_safe
def shard_der(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """The CRL of one shard, at the address in its certificates."""
    shards = CrlShard.objects.select_related("authority").defer("earlier_der", "authority__earlier_der")
    return _crl(request, get_object_or_404(shards, authority__slug=slug, number=number), DER)


@require_safe
def ca_der(request: HttpRequest, slug: str) -> HttpResponse:
    """The authority's certificate (media type of RFC 2585)."""
    authority = get_object_or_404(LocalAuthority, slug=slug)
    return _for_a_day(HttpResponse(bytes(authority.certificate_der), content_type="application/pkix-cert"))


@require_safe
def ca_pem(request: HttpRequest, slug: str) -> HttpResponse:
    """The authority's certificate, for tools that want PEM."""
    authority = get_object_or_404(LocalAuthority, slug=slug)
    body = pem("CERTIFICATE", bytes(authority.certificate_der))
    return _for_a_day(HttpResponse(body, content_type="application/x-pem-file"))


@csrf_exempt
@require_POST
def ocsp_post(request: HttpRequest, slug: str) -> HttpResponse:
    """OCSP over POST (RFC 6960 appendix A.1)."""
    return _ocsp(slug, request.read(MAX_REQUEST_BYTES + 1), cacheable=False)


@require_safe
def ocsp_get(request: HttpRequest, slug: str, encoded: str) -> HttpResponse:
    """OCSP over GET: the request in base64, which some clients also percent-encode (appendix A.1)."""
    return _ocsp(slug, _decoded(encoded), cacheable=True)


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(unquote(encoded).encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return b""


def _ocsp(slug: str, request_der: bytes, *, cacheable: bool) -> HttpResponse:
    now = timezone.now()
    try:
        answer = ocsp.respond(slug, request_der, at=now)
    except LocalAuthority.DoesNotExist:
        raise Http404 from None
    except CANNOT_SIGN:
        answer = refusal("try_later")
    response = HttpResponse(answer.der, content_type="application/ocsp-response")
    if cacheable and answer.this_update and answer.next_update:
        _let_caches_keep(response, now, answer.this_update, answer.next_update, LONGEST_REPEAT)
        response["ETag"] = f'"{hashlib.sha256(answer.der).hexdigest()}"'
    else:
        response["Cache-Control"] = "no-store"
    return response


def _crl(request: HttpRequest, row: crl.Row, content_type: str) -> HttpResponseBase:
    now = timezone.now()
    try:
        published = crl.stored_crl(row, at=now)
    except CANNOT_SIGN as problem:
        return _cannot_sign(problem)
    this_update, next_update = published.crl_this_update, published.crl_next_update
    assert this_update is not None  # noqa: S101 stored_crl promises an edition
    assert next_update is not None  # noqa: S101
    etag, modified = f'"{published.crl_number}"', int(this_update.timestamp())
    response = HttpResponse(content_type=content_type)
    _let_caches_keep(response, now, this_update, next_update, CRL_LONGEST_REPEAT)
    response["ETag"] = etag
    unchanged = get_conditional_response(request, etag, modified, response)
    if unchanged is not None and unchanged is not response:
        return unchanged
    der = published.crl_der
    response.content = pem("X509 CRL", der) if content_type == PEM else der
    return response


def _let_caches_keep(
    response: HttpResponse, now: datetime, this_update: datetime, next_update: datetime, longest: timedelta
) -> None:
    """Let caches keep it until `next_update`, but ask again after `longest` (RFC 5019 section 6.2)."""
    seconds = max(0, int(min(longest, next_update - now).total_seconds()))
    response["Cache-Control"] = f"max-age={seconds}, public, no-transform, must-revalidate"
    response["Last-Modified"] = http_date(this_update.timestamp())
    response["Expires"] = http_date(next_update.timestamp())


def _cannot_sign(problem: Exception) -> HttpResponse:
    response = HttpResponse(f"{problem}\n", content_type="text/plain; charset=utf-8", status=503)
    response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _for_a_day(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, max-age=86400"
    return response
