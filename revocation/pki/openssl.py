"""The openssl program, for what the cryptography package cannot do: keys and signatures of the SM2 curve.

Arguments are a list (no shell), inputs are files in a temporary directory of mode 0700, and a passphrase
travels in the child's environment, never on its command line.
"""

import base64
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from revocation.marking import gettext_noop
from revocation.messages import Refused, table

TIMEOUT_SECONDS = 20
PASSPHRASE_SOURCE = "env:KEY_PASSPHRASE"  # noqa: S105 the name of a variable, not a passphrase
"""What to give to ``-passin``, ``-passout`` or ``-pass`` when `run` is called with a passphrase."""

SM2_STANDARD_ID = "1234567812345678"
"""The signer identity that GM/T 0009 section 10 and RFC 8998 section 3.2.1 prescribe by default."""

SM2_EMPTY_ID = ""
"""The signer identity that OpenSSL 3 assumes for CRLs and OCSP responses. It has no option to name another."""


MESSAGES = table(
    "openssl",
    {
        "missing": gettext_noop(
            "The openssl program is not installed. Install it, on Debian with: apt-get install openssl"
        ),
        "slow": gettext_noop("openssl %(command)s did not end in %(seconds)s s."),
        "failed": gettext_noop("openssl %(command)s failed: %(complaint)s"),
    },
)


class OpensslMissing(Refused):
    """The openssl program is not installed."""

    subject = "openssl"

    def __init__(self) -> None:
        super().__init__("missing")


class OpensslFailed(Refused):
    """The openssl program failed, with the last line of its error output, or did not end in time."""

    subject = "openssl"


def run(
    arguments: Sequence[str], files: Mapping[str, bytes | bytearray] | None = None, *, passphrase: str | None = None
) -> bytes:
    """Run ``openssl ARGUMENTS`` in a folder that holds `files` (name -> content), and return its standard output.

    Raises OpensslMissing, OpensslFailed.
    """
    with tempfile.TemporaryDirectory(prefix="openssl-") as folder:
        for name, content in (files or {}).items():
            (Path(folder) / name).write_bytes(content)
        return _finished(arguments, folder, _environment(passphrase))


def sm2_signature_is_valid(public_key_der: bytes, signed: bytes, signature: bytes) -> bool:
    """Whether `signature` (DER) is the key's SM2-with-SM3 signature of `signed`, under either identity in use.

    `public_key_der` is a SubjectPublicKeyInfo. Raises OpensslMissing.
    """
    return any(_sm2_verified(public_key_der, signed, signature, distid) for distid in (SM2_STANDARD_ID, SM2_EMPTY_ID))


def sm2_signature(
    encrypted_key_pem: bytes, passphrase: str, to_sign: bytes | bytearray, distid: str = SM2_STANDARD_ID
) -> bytes:
    """Sign `to_sign` with SM2 and SM3 (GM/T 0003.2). Returns DER. Raises OpensslMissing, OpensslFailed."""
    return run(
        ["dgst", "-sm3", "-sign", "key.pem", "-passin", PASSPHRASE_SOURCE, *_identity(distid), "signed"],
        {"key.pem": encrypted_key_pem, "signed": to_sign},
        passphrase=passphrase,
    )


def pem(label: str, der: bytes) -> bytes:
    """Return `der` as PEM text (RFC 7468) under `label`, for instance PUBLIC KEY."""
    body = base64.encodebytes(der).replace(b"\n", b"")
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return b"\n".join([f"-----BEGIN {label}-----".encode(), *lines, f"-----END {label}-----".encode(), b""])


def _sm2_verified(public_key_der: bytes, signed: bytes, signature: bytes, distid: str) -> bool:
    files = {"public.pem": pem("PUBLIC KEY", public_key_der), "signed": signed, "signature": signature}
    arguments = [
        "dgst",
        "-sm3",
        "-verify",
        "public.pem",
        "-signature",
        "signature",
        *_identity(distid),
        "signed",
    ]
    try:
        run(arguments, files)
    except OpensslFailed:
        return False
    return True


def _identity(distid: str) -> list[str]:
    return ["-sigopt", f"distid:{distid}"] if distid else []


def _environment(passphrase: str | None) -> dict[str, str]:
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
    if passphrase is not None:
        environment[PASSPHRASE_SOURCE.removeprefix("env:")] = passphrase
    return environment


def _finished(arguments: Sequence[str], folder: str, environment: Mapping[str, str]) -> bytes:
    try:
        ended = subprocess.run(
            ["openssl", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    except FileNotFoundError as missing:
        raise OpensslMissing from missing
    except subprocess.TimeoutExpired as slow:
        raise OpensslFailed("slow", command=arguments[0], seconds=TIMEOUT_SECONDS) from slow
    if ended.returncode != 0:
        raise OpensslFailed("failed", command=arguments[0], complaint=_complaint(ended.stderr))
    return ended.stdout


def _complaint(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it gave no reason"
