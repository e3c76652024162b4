"""certportal.E108 to E110: the two secrets are long, made by chance, and not the same (threat 39)."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

SHORTEST = {"SECRET_KEY": 50, "KEY_ENCRYPTION_KEY": 32}
"""Characters. Django asks for 50 (security.W009); 32 of base64 hold 192 bits."""

WEAKEST = 100
"""Bits, counted as length times the logarithm of the number of different characters. 32 hexadecimal characters have
about 120; what a person types twice to make it long enough has fewer."""

PLACEHOLDERS = ("changeme", "change-me", "change_me", "insecure", "placeholder", "replace", "example", "secret",
                "password", "certportal", "default")  # fmt: skip
"""In any case of letters. A random value of 50 characters has one of these once in a million."""

ROWS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm")

HOW = """Make one with: python3 -c "import secrets; print(secrets.token_urlsafe(50))" and give it to every machine."""
ACCEPTED = (
    "Accepted are {shortest} or more characters made by chance, of letters, digits and ASCII signs, without spaces."
)
KEEP = (
    " If the installation ran with another value until now (earlier releases kept it in var/local.env), give that one: "
    "what was encrypted with it cannot be read without it."
)


@register(Tags.security, deploy=True)
def secrets(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    for name, number in (("SECRET_KEY", "E108"), ("KEY_ENCRYPTION_KEY", "E109")):
        if wrong := weakness(getattr(settings, name), SHORTEST[name]):
            hint = f"{ACCEPTED.format(shortest=SHORTEST[name])} {HOW}{KEEP if name == 'KEY_ENCRYPTION_KEY' else ''}"
            found.append(Error(f"{name} {wrong}.", hint=hint, id=f"certportal.{number}"))
    if settings.SECRET_KEY.strip() == settings.KEY_ENCRYPTION_KEY.strip():
        hint = f"Sessions and the authorities' keys must not open with one secret. {HOW}"
        found.append(Error("KEY_ENCRYPTION_KEY is the same as SECRET_KEY.", hint=hint, id="certportal.E110"))
    return found


def weakness(secret: str, shortest: int) -> str:
    """What is wrong with a secret, to follow its name in a sentence; "" when nothing is. Never repeats any of it."""
    return next((said for said, applies in WEAKNESSES if applies(secret, shortest)), "").format(length=len(secret))


def _odd(secret: str, shortest: int) -> bool:
    return not secret.isascii() or not secret.isprintable() or " " in secret


def _quoted(secret: str, shortest: int) -> bool:
    return len(secret) > 1 and secret[0] == secret[-1] and secret[0] in "\"'"


def _placeholder(secret: str, shortest: int) -> bool:
    return any(word in secret.lower() for word in PLACEHOLDERS) or secret.startswith("<")


def _repeats(secret: str, shortest: int) -> bool:
    return bits(secret) < WEAKEST or secret in (secret + secret)[1:-1]


def _walks(secret: str, shortest: int) -> bool:
    """Most characters follow their neighbour of the alphabet, the digits or the keyboard."""
    pairs = [a + b for a, b in zip(secret.lower(), secret.lower()[1:], strict=False)]
    steps = sum(pair in row or pair[::-1] in row for pair in pairs for row in ROWS)
    return steps * 2 > len(pairs)


def bits(secret: str) -> float:
    """Return the most bits that the characters, and their compressed form, can hold."""
    by_characters = len(secret) * math.log2(len(set(secret)) or 1)
    compressed = len(zlib.compress(secret.encode(), 9)) - len(zlib.compress(b"", 9))
    return min(by_characters, 8.0 * compressed)


WEAKNESSES: tuple[tuple[str, Callable[[str, int], bool]], ...] = (
    ("has spaces, line breaks or characters that are not ASCII", _odd),
    ("stands in quotation marks, which are part of it", _quoted),
    ("is too short ({length} characters)", lambda secret, shortest: len(secret) < shortest),
    ("is a placeholder or holds a word that everybody tries", _placeholder),
    ("repeats itself", _repeats),
    ("walks along the alphabet or the keyboard", _walks),
)
