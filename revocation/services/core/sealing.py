"""Encryption with KEY_ENCRYPTION_KEY of what rows hold for a while and no backup or list may reveal."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SealBroken(Exception):
    """The data does not open with KEY_ENCRYPTION_KEY. `str()` says so."""

    def __init__(self) -> None:
        super().__init__("It does not open with KEY_ENCRYPTION_KEY: another value sealed it.")


def seal(text: str) -> bytes:
    return _fernet().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """Decrypt what `seal` encrypted. Raises `SealBroken`."""
    try:
        return _fernet().decrypt(bytes(sealed)).decode()
    except InvalidToken as broken:
        raise SealBroken from broken


def _fernet() -> Fernet:
    key = hmac.new(settings.KEY_ENCRYPTION_KEY.encode(), b"certportal sealed rows", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))
