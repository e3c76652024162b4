"""What the embedded authorities publish, fetched through their real addresses but without a socket.

The bytes are the portal's own: signed CRLs and OCSP answers. Tests of the guard and of the demo go over HTTP.
"""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils import timezone

from revocation.authorities.local import published
from revocation.authorities.looking import Unreachable


def fetch_own(url: str) -> bytes:
    """Return the body at an address under PKI_BASE_URL. Raises `Unreachable` for any other, or a status but 200."""
    if not url.startswith(f"{settings.PKI_BASE_URL}/"):
        raise Unreachable(f"{url}: there is no network in this test.")
    asked = {"REQUEST_METHOD": "GET", "PATH_INFO": unquote(urlsplit(url).path)}
    answer = published.answer(asked, at=timezone.now())
    if answer.status != 200:
        raise Unreachable(f"{url} answered with status {answer.status}.")
    return answer.body
