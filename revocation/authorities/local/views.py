"""What a local authority publishes: its certificate, CRL and OCSP answers. Public; no session is read."""

import base64
import binascii
from datetime import datetime
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from revocation.authorities.local import crl, ocsp
from revocation.authorities.local.keys import KeyUnreadable
from revocation.authorities.local.models import LocalAuthority
from revocation.pki.openssl import OpensslFailed, OpensslMissing, pem

OCSP_MAX_AGE_SECONDS = 60
"""How long a cache may repeat an answer: short, so that a revocation is seen soon."""

CANNOT_SIGN = (KeyUnreadable, OpensslFailed, OpensslMissing, crl.CrlBusy)
RETRY_AFTER_SECONDS = "60"


@require_safe
def crl_der(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The current CRL (RFC 5280 section 5; media type of RFC 2585)."""
    return _crl(request, slug, "application/pkix-crl")


@require_safe
def crl_pem(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The same for tools that want PEM."""
    return _crl(request, slug, "application/x-pem-file")


@require_safe
def ca_der(request: HttpRequest, slug: str) -> HttpResponse:
    """The authority's certificate (media type of RFC 2585)."""
    authority = get_object_or_404(LocalAuthority, slug=slug)
    return _for_a_day(HttpResponse(bytes(authority.certificate_der), content_type="application/pkix-cert"))


@require_safe
def ca_pem(request: HttpRequest, slug: str) -> HttpResponse:
    """The same for tools that want PEM."""
    authority = get_object_or_404(LocalAuthority, slug=slug)
    body = pem("CERTIFICATE", bytes(authority.certificate_der))
    return _for_a_day(HttpResponse(body, content_type="application/x-pem-file"))


@csrf_exempt
@require_POST
def ocsp_post(request: HttpRequest, slug: str) -> HttpResponse:
    """OCSP over POST (RFC 6960 appendix A.1)."""
    authority = get_object_or_404(LocalAuthority, slug=slug)
    return _ocsp(authority, request.read(ocsp.MAX_REQUEST_BYTES + 1), cacheable=False)


@require_safe
def ocsp_get(request: HttpRequest, slug: str, encoded: str) -> HttpResponse:
    """OCSP over GET: the request in base64, once more percent-encoded by some clients (appendix A.1)."""
    authority = get_object_or_404(LocalAuthority, slug=slug)
    return _ocsp(authority, _decoded(encoded), cacheable=True)


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(unquote(encoded).encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return b""


def _ocsp(authority: LocalAuthority, request_der: bytes, *, cacheable: bool) -> HttpResponse:
    now = timezone.now()
    try:
        body, asked = ocsp.respond(authority, request_der, at=now)
    except CANNOT_SIGN:
        body, asked = ocsp.try_later(), None
    response = HttpResponse(body, content_type="application/ocsp-response")
    repeatable = cacheable and asked is not None and asked.nonce is None
    response["Cache-Control"] = f"public, max-age={OCSP_MAX_AGE_SECONDS}" if repeatable else "no-store"
    return response


def _crl(request: HttpRequest, slug: str, content_type: str) -> HttpResponseBase:
    authority = get_object_or_404(LocalAuthority, slug=slug)
    try:
        published = crl.publish_crl(authority, at=timezone.now())
    except CANNOT_SIGN as problem:
        return _cannot_sign(problem)
    is_pem = content_type == "application/x-pem-file"
    body = pem("X509 CRL", published.der) if is_pem else published.der
    response = _crl_response(body, content_type, published)
    answer = get_conditional_response(request, response["ETag"], None, response)
    return response if answer is None else answer


def _crl_response(body: bytes, content_type: str, published: crl.PublishedCrl) -> HttpResponse:
    response = HttpResponse(body, content_type=content_type)
    response["ETag"] = f'"{published.number}-{len(body)}"'
    response["Last-Modified"] = _http(published.this_update)
    response["Expires"] = _http(published.next_update)
    response["Cache-Control"] = "public, no-cache"  # keep it, but ask each time: a revocation shows at once
    return response


def _cannot_sign(problem: Exception) -> HttpResponse:
    response = HttpResponse(f"{problem}\n", content_type="text/plain; charset=utf-8", status=503)
    response["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def _for_a_day(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _http(moment: datetime) -> str:
    return http_date(moment.timestamp())
