"""What the embedded authorities publish, fetched through their real addresses but without a socket.

The bytes are the views' own: signed CRLs and OCSP answers. Tests of the guard and of the demo go over HTTP.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.test import Client

from revocation.authorities.looking import Unreachable


def fetch_own(url: str) -> bytes:
    """The body at an address under PKI_BASE_URL. Raises `Unreachable` for any other, as no network would answer."""
    if not url.startswith(f"{settings.PKI_BASE_URL}/"):
        raise Unreachable(f"{url}: there is no network in this test.")
    answer = Client(headers={"host": "localhost"}).get(unquote(urlsplit(url).path))
    if answer.status_code != 200:
        raise Unreachable(f"{url} answered with status {answer.status_code}.")
    return bytes(answer.content)
