"""A test of whether the certificate that a web server shows is for another site."""

from __future__ import annotations

from typing import Any

from cryptography import x509

SHOWN_NAMES = 3


def foreign_certificate(name: str, der: bytes) -> dict[str, Any]:
    """Return `{"other": names}` if the certificate that the server showed is for other names than `name`, else `{}`."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        shown = [str(other).lower() for other in names.get_values_for_type(x509.DNSName)]
    except (ValueError, x509.ExtensionNotFound):
        return {}
    covering = {name, f"*.{name.partition('.')[2]}"}
    return {} if covering & set(shown) or not shown else {"other": ", ".join(shown[:SHOWN_NAMES])}
