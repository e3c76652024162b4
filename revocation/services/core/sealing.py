"""Encryption with KEY_ENCRYPTION_KEY of what rows hold for a while and no backup or list may reveal."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from revocation.marking import gettext_noop
from revocation.messages import Refused, table

MESSAGES = table(
    "sealing",
    {"other_key": gettext_noop("It does not open with KEY_ENCRYPTION_KEY: it was encrypted with another value.")},
)


class SealBroken(Refused):
    """The data does not open with KEY_ENCRYPTION_KEY."""

    subject = "sealing"


def seal(text: str) -> bytes:
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """Decrypt what `seal` encrypted. Raises `SealBroken`."""
    try:
        return _fernet().decrypt(bytes(sealed)).decode()
    except InvalidToken as broken:
        raise SealBroken("other_key") from broken


def _fernet() -> Fernet:
    key = hmac.new(settings.KEY_ENCRYPTION_KEY.encode(), b"certportal sealed rows", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))
