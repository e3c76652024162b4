"""Why bytes are not accepted as certificates."""

from __future__ import annotations

from revocation.marking import gettext_noop
from revocation.messages import Refused, table

MESSAGES = table(
    "certificate",
    {
        "not_a_certificate": gettext_noop(
            "This is not an X.509 certificate, or it is damaged. Give a certificate in PEM or DER form."
        ),
        "field_unreadable": gettext_noop(
            "A part of the certificate cannot be read, so its facts would not be certain. It is damaged or breaks "
            "RFC 5280. Ask its issuer for a clean copy."
        ),
        "trailing_bytes": gettext_noop(
            "There are %(count)s bytes after the end of the certificate. Give the certificate alone."
        ),
        "serial_too_long": gettext_noop(
            "The serial number has %(found)s bytes. At most %(accepted)s are accepted (RFC 5280 asks for at most 20). "
            "Ask its issuer for a certificate that keeps to this."
        ),
        "dates_unreadable": gettext_noop("The certificate's dates cannot be read. Ask its issuer for a clean copy."),
        "empty_file": gettext_noop("The file is empty. Give a certificate in PEM or DER form."),
        "too_large": gettext_noop("The file has %(found)s bytes. At most %(accepted)s are accepted. Split it."),
        "private_key": gettext_noop(
            "There is a private key in this file. Nothing of it was stored. A private key must never be handed to "
            "anybody: if others could have seen the file, treat the key as compromised. Give the certificate alone."
        ),
        "pkcs12": gettext_noop(
            "This is a PKCS#12 file (.p12, .pfx), which may hold a private key. Nothing of it was stored. "
            "Give the certificate alone, in PEM or DER form."
        ),
        "java_keystore": gettext_noop(
            "This is a Java key store, which may hold a private key. Nothing of it was stored. "
            "Give the certificate alone, in PEM or DER form."
        ),
        "csr": gettext_noop(
            "This is a certificate signing request, not a certificate. Give the certificate that was issued for it."
        ),
        "crl": gettext_noop("This is a certificate revocation list, not a certificate."),
        "public_key": gettext_noop("This is a public key, not a certificate."),
        "no_certificate": gettext_noop(
            "No certificate was found in this file. Give a certificate in PEM, DER or PKCS#7 form."
        ),
        "bad_block": gettext_noop("Certificate number %(number)s in this file cannot be read: %(why)s"),
        "cut_off": gettext_noop(
            "The file is incomplete: it is cut off after certificate number %(after)s. Get the whole file and import "
            "it again. Certificates that are in the inventory already stay as they are."
        ),
        "cut_off_first": gettext_noop(
            "The file is incomplete: it is cut off in its first certificate. Get the whole file and import it again."
        ),
        "end_missing": gettext_noop("Its END line is missing: the next certificate begins before. Get the file again."),
        "beginning_missing": gettext_noop(
            "Its BEGIN line is missing: the file may be cut off. Get the whole file again."
        ),
        "other_end": gettext_noop("Its END line names something else than its BEGIN line. Get the file again."),
        "not_whole": gettext_noop("Its text is incomplete: a part of the certificate is missing. Get the file again."),
        "not_base64": gettext_noop("Its text is not base64. Get the file again, and save it as plain text."),
        "block_too_large": gettext_noop("It is too large for a certificate. Give the certificates alone."),
    },
    status=422,
    kept_bare=True,
)


class UnreadableCertificate(Refused):
    """Why the bytes are refused. `code` is a key of MESSAGES; the sentence never quotes the bytes."""

    subject = "certificate"
