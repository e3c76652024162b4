"""The account at an ACME authority (RFC 8555 section 7.3): made, taken over, opened, its key changed.

Keys are made here and leave the database only to sign. After a crash the same call can be made again. A key is stored
before it is sent to the authority, and an old one is dropped only after the authority has confirmed the new one.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

import josepy
from acme import client, jws, messages
from acme import errors as acme_errors
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from django.conf import settings
from django.utils import timezone

from revocation.authorities.acme.models import AcmeAccount
from revocation.authorities.acme.network import AcmeProblem, Network
from revocation.authorities.acme.types import AcmeAuthority
from revocation.authorities.http import SECONDS
from revocation.authorities.interface import NeedsAttention
from revocation.marking import gettext_noop
from revocation.messages import Message, Refused, table

MESSAGES = table(
    "acme_account",
    {
        "exists": gettext_noop("There is an account at %(authority)s already: %(uri)s"),
        "unknown_key": gettext_noop("%(authority)s knows no account with this key."),
        "not_a_key": gettext_noop("This is not an account's key. Give an unencrypted PEM file or certbot's JSON."),
        "other_kind": gettext_noop("The account's key must be an RSA or ECDSA P-256 private key."),
    },
)


class AccountRefused(Refused):
    """The account cannot be made or taken over like this."""

    subject = "acme_account"


@dataclass(frozen=True)
class ExternalBinding:
    """What an authority with customers of its own hands out (RFC 8555 section 7.3.4); `hmac_key` in base64url."""

    key_id: str
    hmac_key: str


def open_account(authority: AcmeAuthority, seconds: float = SECONDS) -> client.ClientV2:
    """Return a client that signs as the account, for `seconds`.

    Raises NeedsAttention and what `network.asking` catches.
    """
    account = AcmeAccount.objects.filter(slug=authority.slug).first()
    if account is None or not account.uri:
        raise NeedsAttention(Message("authority.no_account", {"authority": authority.name, "slug": authority.slug}))
    if account.next_encrypted_key is not None:
        _settle(authority, account)
    return _client(authority, opened(bytes(account.encrypted_key)), account.uri, seconds)


def create(
    authority: AcmeAuthority,
    *,
    contact: str,
    binding: ExternalBinding | None,
    at: datetime,
    key_pem: bytes | None = None,
) -> AcmeAccount:
    """Register an account with a new key, or take one over with the key that it has (`key_pem`, PEM or JWK).

    Called again after a crash, it finds what it began. Raises AccountRefused, NeedsAttention and
    what `network.asking` catches.
    """
    account = AcmeAccount.objects.filter(slug=authority.slug).first()
    if account is not None and account.uri:
        raise AccountRefused("exists", authority=authority.name, uri=account.uri)
    if account is None:
        key = _new_key() if key_pem is None else read_key(key_pem)
        account = AcmeAccount.objects.create(
            slug=authority.slug,
            directory=authority.directory,
            encrypted_key=encrypted(key),
            created_at=at,
            key_since=at,
        )
    elif key_pem is not None:
        account.encrypted_key = encrypted(read_key(key_pem))
    account.uri = _register(authority, opened(bytes(account.encrypted_key)), contact, binding, only_find=bool(key_pem))
    account.save()
    return account


def rotate(authority: AcmeAuthority, *, at: datetime) -> AcmeAccount:
    """Give the account a new key (RFC 8555 section 7.3.5). Raises NeedsAttention and what `network.asking` catches."""
    speaks = open_account(authority)
    account = AcmeAccount.objects.get(slug=authority.slug)
    if account.next_encrypted_key is None:
        account.next_encrypted_key = encrypted(_new_key())
        account.save(update_fields=["next_encrypted_key"])
    _change_key(speaks, account, opened(bytes(account.next_encrypted_key)))
    _take_next(account, at)
    return account


def thumbprint(account: AcmeAccount) -> str:
    """Return the thumbprint (RFC 7638) of the key that signs now."""
    return str(josepy.b64encode(opened(bytes(account.encrypted_key)).thumbprint()).decode())


def _settle(authority: AcmeAuthority, account: AcmeAccount) -> None:
    """Settle a change of key that was cut short.

    If the authority knows the new key, it is the account's. If not, the old one still is. The new one is then kept for
    the next attempt, since the request may still be on its way.
    """
    try:
        found = _register(authority, opened(bytes(account.next_encrypted_key or b"")), "", None, only_find=True)
    except AccountRefused:
        return
    if found != account.uri:
        facts = {"authority": authority.name, "found": found, "wanted": account.uri}
        raise NeedsAttention(Message("authority.account_elsewhere", facts))
    _take_next(account, timezone.now())


def _take_next(account: AcmeAccount, at: datetime) -> None:
    account.encrypted_key, account.next_encrypted_key = account.next_encrypted_key, None
    account.key_since = at
    account.save(update_fields=["encrypted_key", "next_encrypted_key", "key_since"])


def _change_key(speaks: client.ClientV2, account: AcmeAccount, new: josepy.JWK) -> None:
    url = speaks.directory["keyChange"]
    old = speaks.net.key
    assert old is not None  # noqa: S101 open_account gave it
    payload = json.dumps({"account": account.uri, "oldKey": old.public_key().to_json()}).encode()
    inner = jws.JWS.sign(payload, key=new, alg=josepy.ES256, nonce=None, url=url)
    speaks.net.post(url, inner, new_nonce_url=speaks.directory["newNonce"])


def _register(
    authority: AcmeAuthority, key: josepy.JWK, contact: str, binding: ExternalBinding | None, *, only_find: bool
) -> str:
    """Register the key and return the account's URL. An account that has the key already is found."""
    speaks = _client(authority, key)
    fields: dict[str, object] = {"only_return_existing": True} if only_find else {"terms_of_service_agreed": True}
    if contact:
        fields["contact"] = (f"mailto:{contact}",)
    if binding is not None:
        fields["external_account_binding"] = messages.ExternalAccountBinding.from_data(
            account_public_key=key.public_key(),
            kid=binding.key_id,
            hmac_key=binding.hmac_key,
            directory=speaks.directory,
        )
    try:
        return str(speaks.new_account(messages.NewRegistration(**fields)).uri)
    except acme_errors.ConflictError as known:
        return str(known.location)
    except AcmeProblem as refused:
        if refused.code == "accountDoesNotExist":
            raise AccountRefused("unknown_key", authority=authority.name) from None
        raise


def _client(authority: AcmeAuthority, key: josepy.JWK, uri: str = "", seconds: float = SECONDS) -> client.ClientV2:
    net = Network(authority.ca_bundle, key, seconds=seconds)
    if uri:
        net.account = messages.RegistrationResource(uri=uri, body=messages.Registration())
    return client.ClientV2(client.ClientV2.get_directory(authority.directory, net), net)


def _new_key() -> josepy.JWK:
    return josepy.JWKEC(key=ec.generate_private_key(ec.SECP256R1()))


def read_key(data: bytes) -> josepy.JWK:
    """Read an account's key as certbot (JWK) and lego (PEM) keep it. Raises AccountRefused."""
    try:
        key = josepy.JWK.json_loads(data.decode()) if data.lstrip().startswith(b"{") else _from_pem(data)
    except (ValueError, TypeError, josepy.errors.Error):
        raise AccountRefused("not_a_key") from None
    inner = getattr(key.key, "_wrapped", key.key)  # josepy wraps keys, to compare them
    if isinstance(inner, ec.EllipticCurvePrivateKey) and inner.curve.name == "secp256r1":
        return key
    if isinstance(inner, rsa.RSAPrivateKey):
        return key
    raise AccountRefused("other_kind")


def _from_pem(data: bytes) -> josepy.JWK:
    key = load_pem_private_key(data, None)
    return josepy.JWKRSA(key=key) if isinstance(key, rsa.RSAPrivateKey) else josepy.JWKEC(key=key)


def encrypted(key: josepy.JWK) -> bytes:
    """Return the key as PKCS #8, encrypted as the embedded authorities' keys are."""
    secret = BestAvailableEncryption(settings.KEY_ENCRYPTION_KEY.encode())
    return bytes(key.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))


def opened(encrypted_pem: bytes) -> josepy.JWK:
    """Decrypt the key. Raises NeedsAttention when KEY_ENCRYPTION_KEY is not the one it was encrypted with."""
    try:
        key = load_pem_private_key(encrypted_pem, settings.KEY_ENCRYPTION_KEY.encode())
    except ValueError:
        digest = hashlib.sha256(encrypted_pem).hexdigest()[:16]
        raise NeedsAttention(Message("authority.account_key_closed", {"digest": digest})) from None
    return josepy.JWKRSA(key=key) if isinstance(key, rsa.RSAPrivateKey) else josepy.JWKEC(key=key)
