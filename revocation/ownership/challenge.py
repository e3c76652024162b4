"""What the customer publishes to prove control of a name, and where (rules O1 and O6)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from revocation.pki.names import base_name

VALUE_BYTES = 20
"""160 bits, above the 112 of Baseline Requirements 3.2.2.4 and the 128 of O6. Its 40 digits fit one DNS label."""

FILE_NAME_BYTES = 16
DEFAULT_LABEL = "_dnsauth"
FILE_FOLDER = "/.well-known/pki-validation/"
"""Baseline Requirements 3.2.2.4.18."""


@dataclass(frozen=True)
class Challenge:
    """What proves control of a name. `value`: 40 lower-case hexadecimal digits.

    `file_name` is drawn independently, so that a server that echoes the requested path proves nothing.
    """

    value: str
    file_name: str


def new_challenge() -> Challenge:
    """Make a random challenge."""
    return Challenge(secrets.token_hex(VALUE_BYTES), f"{secrets.token_hex(FILE_NAME_BYTES)}.txt")


def record_name(name: str, label: str = DEFAULT_LABEL) -> str:
    """Return the DNS name of the record that proves `name`. A wildcard has the same one as its base name."""
    return f"{label}.{base_name(name)}"


def file_url(name: str, file_name: str, scheme: str = "http") -> str:
    """Return the address of the file that proves `name`, which is no wildcard (O5)."""
    return f"{scheme}://{name}{FILE_FOLDER}{file_name}"


def expected_cname(value: str, zone: str) -> str:
    """Return where the CNAME points, for brands that ask for one: the value as a label under `zone`, no final dot."""
    return f"{value}.{zone.strip('.')}".lower()
