"""Proof of a private key, with signatures that the openssl program really makes by the command that is shown."""

import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from revocation.pki import possession
from revocation.pki.possession import ProofRefused
from tests.authorities.openssl_ca import openssl

TEXT = "https://portal.example revoke for key compromise: certificate SHA-256 AB, 2026-06-15, 0123"
KEYS = {
    "rsa": ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
    "rsa-pss": ["genpkey", "-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
    "p256": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "p521": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
    "p384": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "ed25519": ["genpkey", "-algorithm", "ED25519"],
    "sm2": ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:SM2", "-pkeyopt", "ec_param_enc:named_curve"],
}


def make(folder: Path, kind: str) -> bytes:
    """Make a key of this kind as `private.key`. Returns its SubjectPublicKeyInfo."""
    openssl(folder, *KEYS[kind], "-out", "private.key")
    openssl(folder, "pkey", "-in", "private.key", "-pubout", "-outform", "DER", "-out", "public.der")
    return (folder / "public.der").read_bytes()


def printed(folder: Path, command: str) -> bytes:
    return subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, check=True, timeout=30).stdout


@pytest.mark.parametrize("kind", KEYS)
def test_K1_the_command_that_is_shown_makes_a_signature_that_fits_this_key_and_text_only(
    tmp_path: Path, kind: str
) -> None:
    spki = make(tmp_path, kind)
    sent = printed(tmp_path, possession.command(spki, TEXT))
    signature = possession.read_signature(b"\n" + sent[:30] + b"\r\n " + sent[30:])
    possession.check(spki, signature, TEXT)
    assert possession.read_signature(signature) == signature, "the file itself may be uploaded"
    for other_key, other_text in ((make(tmp_path, kind), TEXT), (spki, TEXT + " ")):
        with pytest.raises(ProofRefused) as refused:
            possession.check(other_key, signature, other_text)
        assert refused.value.code == "does_not_fit"
    with pytest.raises(ProofRefused):
        possession.check(spki, signature[:-1], TEXT)


@pytest.mark.parametrize("written", ["armour", "utf-16", "utf-8-sig"])
def test_K1_what_windows_makes_of_a_signature_is_read(tmp_path: Path, written: str) -> None:
    spki = make(tmp_path, "rsa")
    plain = printed(tmp_path, possession.command(spki, TEXT)).decode()
    lines = [plain[at : at + 64] for at in range(0, len(plain), 64)]
    armoured = ["-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""]
    sent = "\r\n".join(armoured).encode() if written == "armour" else (plain + "\r\n").encode(written)
    possession.check(spki, possession.read_signature(sent), TEXT)


def test_K1_a_binary_signature_that_begins_like_a_mark_is_taken_as_it_is() -> None:
    sent = b"\xff\xfe" + bytes(range(128, 254)) * 2
    assert possession.read_signature(sent) == sent


@pytest.mark.parametrize("form", ["pkcs8", "encrypted", "traditional", "der", "der in base64", "utf-16"])
@pytest.mark.parametrize("kind", ["rsa", "p256"])
def test_K1_a_private_key_is_recognised_and_refused(tmp_path: Path, kind: str, form: str) -> None:
    make(tmp_path, kind)
    how = {
        "encrypted": ["-aes-256-cbc", "-passout", "pass:secret"],
        "traditional": ["-traditional"],
        "der": ["-outform", "DER"],
        "der in base64": ["-outform", "DER"],
    }.get(form, [])
    openssl(tmp_path, "pkey", "-in", "private.key", *how, "-out", "shown")
    shown = (tmp_path / "shown").read_bytes()
    shown = shown.decode().encode("utf-16") if form == "utf-16" else shown
    with pytest.raises(ProofRefused) as refused:
        possession.read_signature(b64encode(shown) if form == "der in base64" else shown)
    assert refused.value.code == "private_key"


@pytest.mark.parametrize(
    ("sent", "code"),
    [(b" \n", "empty"), (b"hello, world!", "unreadable"), (b"x" * (possession.MAX_BYTES + 1), "too_large")],
)
def test_K1_what_is_no_signature_is_refused_in_plain_words(sent: bytes, code: str) -> None:
    with pytest.raises(ProofRefused) as refused:
        possession.read_signature(sent)
    assert refused.value.code == code


def test_K1_a_key_that_cannot_sign_here_is_said_to_be(tmp_path: Path) -> None:
    openssl(tmp_path, "genpkey", "-algorithm", "ED448", "-out", "private.key")
    openssl(tmp_path, "pkey", "-in", "private.key", "-pubout", "-outform", "DER", "-out", "public.der")
    with pytest.raises(ProofRefused) as refused:
        possession.command((tmp_path / "public.der").read_bytes(), TEXT)
    assert refused.value.code == "key_kind"
