"""The certificates of an account, from its list of orders (RFC 8555 section 7.1.2.1), which few authorities keep.

Let's Encrypt keeps none. There the files of certbot or lego are the source (`manage.py import_acme --from`).
"""

from __future__ import annotations

from dataclasses import dataclass

import requests
from acme import client

from revocation.authorities.acme.account import open_account
from revocation.authorities.acme.driver import AcmeDriver
from revocation.authorities.acme.network import asking
from revocation.authorities.interface import NeedsAttention
from revocation.messages import Message

SECONDS = 24 * 3600
"""An import may take its time; each call has its own bound."""


@dataclass
class Orders:
    """The ACME orders of an account. `urls`: where they are."""

    authority: AcmeDriver
    speaks: client.ClientV2
    urls: list[str]

    def chain(self, url: str) -> bytes | None:
        """Fetch an order's certificate and issuers (PEM), None while it has none. Raises TryAgain, NeedsAttention."""
        with asking(self.authority.name):
            certificate = _get(self.speaks, url).json().get("certificate")
            return _get(self.speaks, certificate).content if certificate else None


def orders(authority: AcmeDriver) -> Orders:
    """Fetch the list of orders.

    Raises TryAgain, and NeedsAttention when there is no account or the authority keeps no list.
    """
    with asking(authority.name):
        speaks = open_account(authority, seconds=SECONDS)
        account = speaks.net.account
        assert account is not None  # noqa: S101 open_account gave it
        first = _get(speaks, account.uri).json().get("orders")
        if not first:
            raise NeedsAttention(Message("authority.no_list_of_orders", {"authority": authority.name}))
        return Orders(authority, speaks, _all(speaks, first))


def _all(speaks: client.ClientV2, first: str) -> list[str]:
    found: dict[str, None] = {}
    seen: set[str] = set()
    page: str | None = first
    while page and page not in seen:
        seen.add(page)
        answer = _get(speaks, page)
        found |= dict.fromkeys(answer.json()["orders"])
        page = answer.links.get("next", {}).get("url")
    return list(found)


def _get(speaks: client.ClientV2, url: str) -> requests.Response:
    """Fetch `url` by POST-as-GET (RFC 8555 section 6.3)."""
    return speaks.net.post(url, None, new_nonce_url=speaks.directory["newNonce"])
