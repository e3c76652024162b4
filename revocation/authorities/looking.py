"""Checks at the addresses where a certificate says that its revocation is published: OCSP and CRL.

Only what the issuer signed is believed (`revocation.pki.status`). The addresses come from certificates,
so only the guarded fetcher may fetch them.
"""

import base64
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from urllib.parse import quote

from revocation.authorities.interface import (
    Confirmed,
    Json,
    NotRevoked,
    RevocationInstruction,
    TryAgain,
    Unseen,
)
from revocation.authorities.messages import AuthorityFailed
from revocation.messages import Message, Words
from revocation.pki.facts import CertificateFacts, read_certificate
from revocation.pki.openssl import OpensslMissing
from revocation.pki.status import (
    CERTIFICATE_HOLD,
    CrlSighting,
    OcspSighting,
    StatusUnreadable,
    find_in_crl,
    ocsp_request,
    read_ocsp,
)

SECONDS = 30
"""After so many seconds of `look` no further address is asked, except the first of a kind (OCSP, CRL)."""

Fetch = Callable[[str], bytes]
"""URL -> body. Raises Unreachable."""


class Unreachable(AuthorityFailed):
    """The address could not be fetched. The words say why."""


@dataclass(frozen=True)
class _Sighting:
    """One answer of one address."""

    kind: str
    url: str
    said: CrlSighting | OcspSighting

    def evidence(self, at: datetime) -> dict[str, Json]:
        """Return what to keep as the receipt."""
        number = self.said.crl_number if isinstance(self.said, CrlSighting) else None
        return {
            "seen_in": self.kind,
            "url": self.url,
            "crl_number": number,
            "this_update": self.said.this_update.isoformat(),
            "reason": self.said.reason,
            "looked_at": at.isoformat(),
        }


@dataclass(frozen=True)
class Observation:
    """What one address answered: `said`, or why there was no answer. `kind`: ocsp or crl."""

    kind: str
    url: str
    said: CrlSighting | OcspSighting | None
    failure: Words = ""

    @property
    def is_final(self) -> bool:
        return self.said is not None and is_final(self.said)


def is_final(said: CrlSighting | OcspSighting) -> bool:
    """Return whether it is revoked for good: *on hold* may be lifted again (RFC 5280 section 5.3.1)."""
    return said.revoked and said.revoked_at is not None and said.reason != CERTIFICATE_HOLD


def look(order: RevocationInstruction, fetch: Fetch, *, at: datetime) -> Confirmed | NotRevoked | Unseen:
    """Return what OCSP and the CRL say about the certificate. One that says *revoked* is enough.

    Takes at most `SECONDS` and the time of two fetches. Raises TryAgain, with what each address did, when none gave a
    readable answer. Raises UnreadableCertificate, openssl.OpensslMissing (SM2 only).
    """
    if order.issuer_der is None:
        return Unseen("no_issuer")
    facts = read_certificate(order.certificate_der)
    if not facts.web_ocsp_urls and not facts.web_crl_urls:
        others = (*facts.ocsp_urls, *facts.crl_urls)
        return Unseen("no_web_addresses", {"urls": ", ".join(others)}) if others else Unseen("no_addresses")
    failures: list[Message] = []
    seen: list[_Sighting] = []
    late, asked = time.monotonic() + SECONDS, set[str]()
    for kind, url, ask in _questions(order, order.issuer_der, facts, fetch, at):
        if kind in asked and time.monotonic() > late:
            continue
        asked.add(kind)
        try:
            sighting = _Sighting(kind, url, ask())
        except (Unreachable, StatusUnreadable) as failure:
            failures.append(Message("authority.at_address", {"url": url, "why": why(failure)}))
            continue
        if is_final(sighting.said) and sighting.said.revoked_at is not None:
            return Confirmed(sighting.said.revoked_at, sighting.said.reason, sighting.evidence(at))
        seen.append(sighting)
    if not seen:
        raise TryAgain(Message("authority.nothing_readable", {"failures": failures}))
    return _not_revoked(seen, at)


def why(failure: Unreachable | StatusUnreadable | OpensslMissing) -> Words:
    return failure.words if isinstance(failure, Unreachable) else failure.message


def _not_revoked(seen: list[_Sighting], at: datetime) -> NotRevoked | Unseen:
    for sighting in seen:
        if not isinstance(sighting.said, OcspSighting) or sighting.said.known:
            return NotRevoked(sighting.evidence(at))
    return Unseen("unknown_to_responder", {"url": seen[0].url})


def _questions(
    order: RevocationInstruction, issuer_der: bytes, facts: CertificateFacts, fetch: Fetch, at: datetime
) -> Iterator[tuple[str, str, Callable[[], CrlSighting | OcspSighting]]]:
    """Yield (kind, address, function that asks it) for every address; OCSP first, because it is small."""

    def by_ocsp(url: str) -> OcspSighting:
        return ask_responder(url, order.certificate_der, issuer_der, fetch, at=at)

    def by_crl(url: str) -> CrlSighting:
        body = fetch(url)
        return find_in_crl(body, issuer_der, facts.serial_number, at, facts.crl_urls, is_ca=facts.is_ca)

    yield from (("ocsp", url, partial(by_ocsp, url)) for url in facts.web_ocsp_urls)
    yield from (("crl", url, partial(by_crl, url)) for url in facts.web_crl_urls)


def ask_responder(url: str, certificate_der: bytes, issuer_der: bytes, fetch: Fetch, *, at: datetime) -> OcspSighting:
    """Ask one OCSP responder. Raises Unreachable, StatusUnreadable, openssl.OpensslMissing (SM2 only)."""
    body = fetch(_ocsp_get_url(url, ocsp_request(certificate_der, issuer_der)))
    return read_ocsp(body, certificate_der, issuer_der, at)


def _ocsp_get_url(url: str, request: bytes) -> str:
    """Return the address of the question: {url}/{url-encoding of the base64 of the request} (RFC 6960 appendix A.1).

    A fragment is cut off: it is never sent, so a question after it would be lost.
    """
    return f"{url.partition('#')[0].rstrip('/')}/{quote(base64.b64encode(request).decode(), safe='')}"
