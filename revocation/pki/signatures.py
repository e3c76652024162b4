"""Whether an issuer's key signed a certificate, a CRL or an OCSP response: RSA, ECDSA, EdDSA and SM2."""

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import SignatureAlgorithmOID

from revocation.pki import openssl

SM2_WITH_SM3 = "1.2.156.10197.1.501"
"""GM/T 0006: the signature algorithm SM2 with SM3, which the cryptography package cannot verify."""


def crl_is_signed_by(crl: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    """Whether the key of `issuer` signed the CRL. Raises openssl.OpensslMissing (SM2 only)."""
    if crl.signature_algorithm_oid.dotted_string == SM2_WITH_SM3:
        return openssl.sm2_signature_is_valid(_public_key(issuer), crl.tbs_certlist_bytes, crl.signature)
    try:
        return crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
    except (TypeError, UnsupportedAlgorithm):  # a key that signs nothing, or nothing known here
        return False


def certificate_is_signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the key of `issuer` signed the certificate. Raises openssl.OpensslMissing (SM2 only)."""
    if certificate.signature_algorithm_oid.dotted_string == SM2_WITH_SM3:
        return openssl.sm2_signature_is_valid(
            _public_key(issuer), certificate.tbs_certificate_bytes, certificate.signature
        )
    try:
        certificate.verify_directly_issued_by(issuer)
    except (InvalidSignature, TypeError, ValueError, UnsupportedAlgorithm):
        return False
    return True


def response_is_signed_by(response: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    """Whether the key of `signer` signed the response. Raises openssl.OpensslMissing (SM2 only)."""
    if response.signature_algorithm_oid.dotted_string == SM2_WITH_SM3:
        return openssl.sm2_signature_is_valid(_public_key(signer), response.tbs_response_bytes, response.signature)
    try:
        _verify_response(response, signer)
    except (InvalidSignature, TypeError, ValueError, UnsupportedAlgorithm):
        return False
    return True


def _verify_response(response: ocsp.OCSPResponse, signer: x509.Certificate) -> None:
    """Raises InvalidSignature, and UnsupportedAlgorithm for what no certificate authority uses."""
    key, digest = signer.public_key(), response.signature_hash_algorithm
    signature, signed = response.signature, response.tbs_response_bytes
    if isinstance(key, rsa.RSAPublicKey) and digest is not None:
        key.verify(signature, signed, _rsa_padding(response, digest), digest)
    elif isinstance(key, ec.EllipticCurvePublicKey) and digest is not None:
        key.verify(signature, signed, ec.ECDSA(digest))
    elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey):
        key.verify(signature, signed)
    else:
        raise UnsupportedAlgorithm("The responder's key is of a kind that is not known here.")


def _rsa_padding(response: ocsp.OCSPResponse, digest: hashes.HashAlgorithm) -> padding.AsymmetricPadding:
    if response.signature_algorithm_oid == SignatureAlgorithmOID.RSASSA_PSS:
        return padding.PSS(padding.MGF1(digest), padding.PSS.AUTO)
    return padding.PKCS1v15()


def _public_key(certificate: x509.Certificate) -> bytes:
    """SubjectPublicKeyInfo, also of a key that the cryptography package does not support."""
    return bytes(asn1.Certificate.load(certificate.public_bytes(Encoding.DER)).public_key.dump())
