"""A round of looks: what several certificates ask of the same place is fetched, parsed and verified once for all.

Nothing outlives the round: whatever it says was fetched after its orders were claimed, so a CRL from before the
authority was told can prove nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils import timezone

from revocation.authorities.interface import RevocationOrder
from revocation.authorities.looking import Fetch, Observation, Unreachable, ask_responder, why
from revocation.authorities.sayings import Saying, Words
from revocation.pki.facts import CertificateFacts, read_certificate
from revocation.pki.status import StatusUnreadable, read_crl

ABOUT_THE_QUESTION = frozenset({"answer_status", "answer_larger"})
"""Failures of one answer; after any other a responder is not asked again in the round: it is down, or hangs."""


@dataclass(frozen=True)
class Asked:
    """A certificate to be looked for: the order, and what was read in the certificate."""

    order: RevocationOrder
    facts: CertificateFacts

    @property
    def places(self) -> tuple[object, ...]:
        """Those with the same ones are looked for together."""
        return self.order.issuer_der, tuple(self.facts.crl_urls)


def asked(order: RevocationOrder) -> Asked:
    """Raises UnreadableCertificate."""
    return Asked(order, read_certificate(order.certificate_der))


class Round:
    """`seconds`: after so many no further place is asked."""

    def __init__(self, fetch: Fetch, seconds: float) -> None:
        self._fetch = fetch
        self._end = time.monotonic() + seconds
        self._dark: dict[str, Words] = {}

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._end

    def look(self, group: Sequence[Asked]) -> Iterator[list[Observation]]:
        """What every address of each certificate says, OCSP first; of those that name the same CRLs (`places`). At
        least the first is looked at; the iteration ends early when the round is over.

        Without an issuer, whose signature counts, nothing is to be seen. Raises openssl.OpensslMissing (SM2 only).
        """
        issuer = group[0].order.issuer_der
        if issuer is None:
            yield from ([] for _ in group)
            return
        serial_numbers = {one.order.serial_number for one in group}
        crls = [self._crl(url, issuer, serial_numbers, group[0].facts.crl_urls) for url in group[0].facts.crl_urls]
        for one in group:
            answers = [self._ocsp(url, one.order.certificate_der, issuer) for url in one.facts.ocsp_urls]
            yield [*answers, *(crl[one.order.serial_number] for crl in crls)]
            if self.is_over:
                return

    def _crl(
        self, url: str, issuer: bytes, serial_numbers: Iterable[int], named: Sequence[str]
    ) -> dict[int, Observation]:
        wanted = set(serial_numbers)
        try:
            said = read_crl(self._fetch(url), issuer, timezone.now(), named).say_of(wanted)
        except (Unreachable, StatusUnreadable) as failure:
            return dict.fromkeys(wanted, Observation("crl", url, None, why(failure)))
        return {number: Observation("crl", url, found) for number, found in said.items()}

    def _ocsp(self, url: str, certificate: bytes, issuer: bytes) -> Observation:
        if url in self._dark:
            return Observation("ocsp", url, None, self._dark[url])
        try:
            return Observation("ocsp", url, ask_responder(url, certificate, issuer, self._fetch, at=timezone.now()))
        except Unreachable as nobody:
            if not (isinstance(nobody.words, Saying) and nobody.words.code in ABOUT_THE_QUESTION):
                self._dark[url] = nobody.words
            return Observation("ocsp", url, None, nobody.words)
        except StatusUnreadable as failure:
            return Observation("ocsp", url, None, why(failure))
