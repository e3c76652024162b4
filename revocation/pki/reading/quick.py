"""Reader of certificates as nearly all are written: strict DER, version 3, well-known algorithms and names.

It takes a fifteenth of the time of the thorough reader. What an issuer writes into many certificates (its name,
extensions, algorithms) is parsed once and kept by its bytes. Anything unusual is left to the thorough reader, so that
both say the same of whatever is read here (`tests/pki/test_both_readers.py`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from asn1crypto import algos, keys
from cryptography import x509

from revocation.pki.levels import level_by_content
from revocation.pki.reading import extensions
from revocation.pki.reading.algorithms import key_algorithm, signature_algorithm
from revocation.pki.reading.certificate_facts import MALFORMED, CertificateFacts, standard_of, visible
from revocation.pki.reading.plain_names import NotPlain, read_plain_name, read_repeated_name
from revocation.pki.reading.thorough import LONGEST_SERIAL, named_by_subject
from revocation.pki.strict_der import (
    BIT_STRING,
    BOOLEAN,
    INTEGER,
    OCTET_STRING,
    SEQUENCE,
    header,
    moment,
)

VERSION_3 = bytes.fromhex("a003020102")
EXTENSIONS = 0xA3
RSA = bytes.fromhex("300d06092a864886f70d0101010500")
KEYS: Mapping[bytes, str] = {
    bytes.fromhex("301306072a8648ce3d020106082a8648ce3d030107"): "EC P-256",
    bytes.fromhex("301006072a8648ce3d020106052b81040022"): "EC P-384",
    bytes.fromhex("301006072a8648ce3d020106052b81040023"): "EC P-521",
    bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d"): "SM2",
}
"""AlgorithmIdentifier of a key → its name, where the identifier says it all."""
KEY_IDENTIFIER_OF_20 = bytes.fromhex("04160414")
"""The value of a key identifier of 20 bytes, up to its content: nearly all have so many (RFC 5280 4.2.1.2)."""
SUBJECT_KEY_IDENTIFIER, SUBJECT_ALT_NAME = bytes.fromhex("0603551d0e"), bytes.fromhex("0603551d11")
TIMESTAMPS = bytes.fromhex("060a2b06010401d679020402")
"""Signed certificate timestamps (RFC 6962 section 3.3). No fact comes from them."""
LONGEST_KEPT = 400
"""Bytes of an extension that is kept once it was parsed."""
DNS_NAME, IP_ADDRESS = 0x82, 0x87


def read_quickly(der: bytes) -> CertificateFacts | None:
    """Read the facts of one certificate in DER; None if it is one for the thorough reader, also if it is unreadable."""
    try:
        facts = _facts(der)
        x509.load_der_x509_certificate(der)  # what it refuses has its names in another form
    except (*MALFORMED, x509.InvalidVersion):
        return None
    return facts


def _facts(der: bytes) -> CertificateFacts:
    """Raises one of MALFORMED for anything unusual."""
    size = len(der)
    tag, tbs, outer_end = header(der, 0, size)
    tbs_tag, at, tbs_end = header(der, tbs, outer_end)
    outer_algorithm = _element(der, tbs_end, outer_end, SEQUENCE)
    signature_tag, _, signature_end = header(der, tbs_end + len(outer_algorithm), outer_end)
    if (tag, tbs_tag, signature_tag) != (SEQUENCE, SEQUENCE, BIT_STRING) or not size == outer_end == signature_end:
        raise NotPlain
    if der[at : at + len(VERSION_3)] != VERSION_3:
        raise NotPlain
    tag, serial, at = header(der, at + len(VERSION_3), tbs_end)
    serial_number = int.from_bytes(der[serial:at], signed=True)
    if tag != INTEGER or at - serial > LONGEST_SERIAL or serial_number <= 0:
        raise NotPlain
    at += len(_element(der, at, tbs_end, SEQUENCE))
    issuer_der = _element(der, at, tbs_end, SEQUENCE)
    at += len(issuer_der)
    tag, validity, at = header(der, at, tbs_end)
    first, begun, ended = header(der, validity, at)
    second, ends, behind = header(der, ended, at)
    not_before, not_after = moment(first, der[begun:ended]), moment(second, der[ends:behind])
    if tag != SEQUENCE or behind != at:
        raise NotPlain
    subject_der = _element(der, at, tbs_end, SEQUENCE)
    at += len(subject_der)
    spki = _element(der, at, tbs_end, SEQUENCE)
    said = _extensions(der, at + len(spki), tbs_end)

    issuer, subject = read_repeated_name(issuer_der), read_plain_name(subject_der)
    policies = said.get("certificate_policies", ())
    level, source = level_by_content(policies, subject.oids)
    key = _key(spki)
    signature, sm2 = _signature(outer_algorithm)
    dns_names, ip_addresses = said.get("subject_alt_name") or (named_by_subject(subject.common_name), ())
    ocsp_urls, ca_issuers_urls = said.get("authority_information_access", ((), ()))
    return CertificateFacts(
        der=der,
        serial_number=serial_number,
        fingerprint_sha256=hashlib.sha256(der).hexdigest().upper(),
        subject=subject.text,
        issuer=issuer.text,
        subject_der=subject_der,
        issuer_der=issuer_der,
        common_name=subject.common_name,
        organization=subject.organization,
        issuer_common_name=issuer.common_name,
        issuer_organization=issuer.organization,
        dns_names=dns_names,
        ip_addresses=ip_addresses,
        not_before=not_before,
        not_after=not_after,
        key_algorithm=key,
        signature_algorithm=signature,
        standard=standard_of(key, signed_with_sm2=sm2),
        policy_oids=policies,
        level=level,
        level_source=source,
        is_ca=said.get("basic_constraints", False),
        spki_sha256=hashlib.sha256(spki).hexdigest().upper(),
        crl_urls=said.get("crl_distribution_points", ()),
        ocsp_urls=ocsp_urls,
        ca_issuers_urls=ca_issuers_urls,
        authority_key_identifier=said.get("authority_key_identifier", ""),
        subject_key_identifier=said.get("key_identifier", ""),
    )


def _element(der: bytes, at: int, end: int, wanted: int) -> bytes:
    tag, _, after = header(der, at, end)
    if tag != wanted:
        raise NotPlain
    return der[at:after]


def _key(spki: bytes) -> str:
    _, at, end = header(spki, 0, len(spki))
    algorithm = _element(spki, at, end, SEQUENCE)
    tag, bits, bits_end = header(spki, at + len(algorithm), end)
    if tag != BIT_STRING or bits_end != end:
        raise NotPlain
    if algorithm == RSA:
        return f"RSA {_rsa_bits(spki, bits, bits_end)}"
    return KEYS.get(algorithm) or key_algorithm(keys.PublicKeyInfo.load(spki, strict=True))


def _rsa_bits(spki: bytes, bits: int, end: int) -> int:
    """Return the size of the modulus in bits. `bits`: where the BIT STRING's content begins."""
    key_tag, at, key_end = header(spki, bits + 1, end)
    tag, modulus, after = header(spki, at, key_end)
    exponent_tag, _, exponent_end = header(spki, after, key_end)
    usual = spki[bits] == 0 and (key_tag, tag, exponent_tag) == (SEQUENCE, INTEGER, INTEGER)
    if not usual or not end == key_end == exponent_end or spki[modulus] != 0:
        raise NotPlain
    return int.from_bytes(spki[modulus:after]).bit_length()


@lru_cache(maxsize=64)
def _signature(algorithm: bytes) -> tuple[str, bool]:
    return signature_algorithm(algos.SignedDigestAlgorithm.load(algorithm, strict=True))


def _extensions(der: bytes, at: int, end: int) -> dict[str, Any]:
    """Return what the extensions say. `at`: behind the key. An extension that comes twice counts as it does there."""
    said: dict[str, Any] = {}
    if at == end:
        return said
    tag, at, wrapped_end = header(der, at, end)
    sequence_tag, at, last = header(der, at, wrapped_end)
    if tag != EXTENSIONS or sequence_tag != SEQUENCE or not end == wrapped_end == last:
        raise NotPlain
    while at < end:
        tag, body, after = header(der, at, end)
        if tag != SEQUENCE:
            raise NotPlain
        if der.startswith(SUBJECT_KEY_IDENTIFIER, body):
            said["key_identifier"] = _key_identifier(der, body + len(SUBJECT_KEY_IDENTIFIER), after)
        elif der.startswith(SUBJECT_ALT_NAME, body):
            value, value_end = _value(der, body + len(SUBJECT_ALT_NAME), after)
            said["subject_alt_name"] = _alternative_names(der, value, value_end)
        elif der.startswith(TIMESTAMPS, body):
            _value(der, body + len(TIMESTAMPS), after)
        else:
            name, meaning = _meaning(der[at:after])
            said[name] = meaning
        at = after
    return said


def _meaning(element: bytes) -> tuple[str, Any]:
    return _kept_meaning(element) if len(element) <= LONGEST_KEPT else extensions.meaning(element)


_kept_meaning = lru_cache(maxsize=1024)(extensions.meaning)


def _value(der: bytes, at: int, end: int) -> tuple[int, int]:
    """Return where the content of an extension's OCTET STRING begins and ends. `at`: behind its identifier."""
    tag, value, after = header(der, at, end)
    if tag == BOOLEAN:
        if der[value:after] != b"\xff":
            raise NotPlain
        tag, value, after = header(der, after, end)
    if tag != OCTET_STRING or after != end:
        raise NotPlain
    return value, after


def _key_identifier(der: bytes, at: int, end: int) -> str:
    if der.startswith(KEY_IDENTIFIER_OF_20, at) and end == at + 24:
        return der[at + 4 : end].hex().upper()
    at, end = _value(der, at, end)
    tag, value, after = header(der, at, end)
    if tag != OCTET_STRING or after != end:
        raise NotPlain
    return der[value:after].hex().upper()


def _alternative_names(der: bytes, at: int, end: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the DNS names and the IPv4 addresses; other kinds of names are for the thorough reader."""
    dns: dict[str, None] = {}
    addresses: dict[str, None] = {}
    tag, at, last = header(der, at, end)
    if tag != SEQUENCE or last != end:
        raise NotPlain
    while at < end:
        tag, value, at = header(der, at, end)
        if tag == DNS_NAME:
            dns[visible(der[value:at].decode("latin-1").lower())] = None
        elif tag == IP_ADDRESS and at - value == 4:
            addresses[".".join(map(str, der[value:at]))] = None
        else:
            raise NotPlain
    return tuple(dns), tuple(addresses)
