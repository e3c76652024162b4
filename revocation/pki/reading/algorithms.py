"""The names of keys' and signatures' algorithms, as people know them (C3)."""

from __future__ import annotations

from asn1crypto import algos, core, keys

from revocation.pki.reading.as_written import as_written
from revocation.pki.reading.certificate_facts import SM2_WITH_SM3

SM2_CURVE = "1.2.156.10197.1.301"
SIGNATURES = {SM2_WITH_SM3: "SM2 with SM3"}
CURVES = {"secp256r1": "EC P-256", "secp384r1": "EC P-384", "secp521r1": "EC P-521", SM2_CURVE: "SM2"}
BY_SIZE = {"rsa": "RSA", "rsassa_pss": "RSA-PSS", "dsa": "DSA"}
KNOWN_KEYS = frozenset(keys.PublicKeyAlgorithmId._map)
"""OIDs of the key algorithms that the library knows."""
FIXED = {"ed25519": "Ed25519", "ed448": "Ed448"}


class _AnyAlgorithm(core.Sequence):  # type: ignore[misc]
    """AlgorithmIdentifier (RFC 5280 4.1.1.2), whatever its algorithm."""

    _fields = [("algorithm", core.ObjectIdentifier), ("parameters", core.Any, {"optional": True})]


class _AnyKey(core.Sequence):  # type: ignore[misc]
    """SubjectPublicKeyInfo (RFC 5280 4.1). The library's own class breaks at algorithms that it does not know."""

    _fields = [("algorithm", _AnyAlgorithm), ("public_key", core.BitString)]


def key_algorithm(spki: keys.PublicKeyInfo) -> str:
    """Name the key's algorithm (C3): RSA and DSA with their size, curves by their usual name, any other by its OID."""
    dotted = str(_AnyKey.load(as_written(spki))["algorithm"]["algorithm"].dotted)
    if dotted not in KNOWN_KEYS:
        return dotted
    oid = spki["algorithm"]["algorithm"]
    if oid.native == "ec":
        parameters = spki["algorithm"]["parameters"]
        curve = parameters.native if parameters.name == "named" else "explicit parameters"
        return CURVES.get(curve, f"EC {curve}")
    if oid.native in BY_SIZE:
        return f"{BY_SIZE[oid.native]} {_bits(spki) or ''}".strip()
    return str(FIXED.get(oid.native, oid.dotted))


def _bits(spki: keys.PublicKeyInfo) -> int:
    """Return the size of an RSA or DSA key in bits.

    It is 0 for a DSA key that inherits its parameters (RFC 3279 section 2.3.2). The library's `bit_size` rounds up to
    whole bytes, so it is not used.
    """
    if spki["algorithm"]["algorithm"].native == "dsa":
        parameters = spki["algorithm"]["parameters"]
        return 0 if isinstance(parameters, core.Void) else int(parameters["p"].native.bit_length())
    return int(spki["public_key"].parsed["modulus"].native.bit_length())


def signature_algorithm(algorithm: algos.SignedDigestAlgorithm) -> tuple[str, bool]:
    """Return the name of a signature's algorithm, and whether it is SM2 with SM3."""
    oid = algorithm["algorithm"]
    return str(SIGNATURES.get(oid.dotted, oid.native)), oid.dotted == SM2_WITH_SM3
