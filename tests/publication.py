"""What the embedded authorities publish, fetched through their real addresses but without a socket.

The bytes are the views' own: signed CRLs and OCSP answers. No middleware runs: loading it for each answer would cost
thirty times as much as the answer. Tests of the guard and of the demo go over HTTP.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import Http404
from django.test import RequestFactory
from django.urls import resolve

from revocation.authorities.looking import Unreachable


def fetch_own(url: str) -> bytes:
    """Return the body at an address under PKI_BASE_URL. Raises `Unreachable` for any other, or a status but 200."""
    if not url.startswith(f"{settings.PKI_BASE_URL}/"):
        raise Unreachable(f"{url}: there is no network in this test.")
    path = unquote(urlsplit(url).path)
    match = resolve(path)
    try:
        answer = match.func(RequestFactory().get(path), *match.args, **match.kwargs)
    except Http404:
        raise Unreachable(f"{url} answered with status 404.") from None
    if answer.status_code != 200:
        raise Unreachable(f"{url} answered with status {answer.status_code}.")
    return bytes(answer.content)
