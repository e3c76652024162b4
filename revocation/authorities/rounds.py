"""A round of checks: what several certificates need from the same place is fetched, parsed and verified once.

Nothing outlives the round. All that it reports was fetched after its orders were claimed, so a CRL from before an order
was sent to the CA can prove nothing. A failure at one place, or for one certificate, does not spread (C5).
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

from django.utils import timezone

from revocation.authorities.interface import RevocationInstruction
from revocation.authorities.looking import Fetch, Observation, Unreachable, ask_responder, why
from revocation.messages import Message, Words
from revocation.pki.facts import CertificateFacts, read_certificate
from revocation.pki.openssl import OpensslMissing
from revocation.pki.status import StatusUnreadable, read_crl

log = logging.getLogger(__name__)

ABOUT_THE_QUESTION = frozenset({"authority.answer_status", "authority.answer_larger", "authority.place_failed"})
"""Failures of one answer. After any other, a responder is down or hangs, and is not asked again in the round."""


MANY = 4
"""From so many certificates of one CRL on, the CRL is looked at first, and OCSP is asked for a sample of them."""
SAMPLE, LARGEST_SAMPLE = 20, 5
"""One certificate of so many is asked for, at least one of each CRL, and at most so many."""


@dataclass(frozen=True)
class Asked:
    """A certificate to be looked for, its serial number, and what was read in it or in another of the same places.

    `patient`: whether it may wait for its CRL before OCSP is asked, if many others wait for the same CRL.
    """

    order: RevocationInstruction
    serial_number: int
    facts: CertificateFacts
    patient: bool = False

    @property
    def places(self) -> tuple[object, ...]:
        """Where to look. Certificates with the same places are looked for together."""
        return self.order.issuer_der, self.facts.crl_urls, self.facts.is_ca


def asked(order: RevocationInstruction) -> Asked:
    """Read the certificate of the order. Raises UnreadableCertificate."""
    facts = read_certificate(order.certificate_der)
    return Asked(order, facts.serial_number, facts)


class Answers(NamedTuple):
    """What the places of one certificate say. `complete`: whether nothing is left to ask."""

    observations: list[Observation]
    complete: bool = True


Listed = Mapping[int, Observation]
"""By serial number, what one CRL says."""


class Round:
    """One round of checks. After `seconds` no further place is asked."""

    def __init__(self, fetch: Fetch, seconds: float) -> None:
        self._fetch = fetch
        self._end = time.monotonic() + seconds
        self._dark: dict[str, Words] = {}

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._end

    def look(self, group: Sequence[Asked]) -> Iterator[Answers]:
        """Yield for each certificate what its web addresses say, OCSP first. Raises nothing.

        All in `group` have the same `places`. At least the first is looked for; the iteration ends early when the round
        is over. Without an issuer, whose signature counts, there is nothing to see.
        """
        issuer = group[0].order.issuer_der
        if issuer is None:
            yield from (Answers([]) for _ in group)
            return
        crls = [self._crl(url, issuer, group) for url in self._in_time(group[0].facts.web_crl_urls)]
        if crls and len(group) >= MANY:
            yield from self._sampled(group, issuer, crls)
            return
        for one in group:
            yield self._fully(one, issuer, crls)
            if self.is_over:
                return

    def _fully(self, one: Asked, issuer: bytes, crls: Sequence[Listed]) -> Answers:
        """Return what all places of the certificate say. Those that the round did not come to are left to ask."""
        found = [*self._answers(one, issuer), *_listed(one, crls)]
        return Answers(found, complete=len(found) == len(one.facts.web_ocsp_urls) + len(one.facts.web_crl_urls))

    def _sampled(self, group: Sequence[Asked], issuer: bytes, crls: Sequence[Listed]) -> Iterator[Answers]:
        """Yield what the CRLs say about each of many, and what OCSP says about a few of them.

        The others are complete if OCSP says of all these few what the CRL says. One that has been looked for so often
        that it is no longer patient is asked for by itself.
        """
        size = min(max(1, len(group) // SAMPLE), LARGEST_SAMPLE)
        sample = range(0, len(group), ceil(len(group) / size))
        asked = {number: self._fully(group[number], issuer, crls) for number in sample if not self.is_over}
        agreed = len(asked) == len(sample) and all(
            answers.complete and _all_final(answers.observations) for answers in asked.values()
        )
        for number, one in enumerate(group):
            if number in asked:
                yield asked[number]
            elif not one.patient:
                yield self._fully(one, issuer, crls)
            else:
                listed = _listed(one, crls)
                yield Answers(listed, complete=agreed and _all_final(listed))
            if self.is_over:
                return

    def _answers(self, one: Asked, issuer: bytes) -> list[Observation]:
        urls = self._in_time(one.facts.web_ocsp_urls)
        return [self._ocsp(url, one.order.certificate_der, issuer) for url in urls]

    def _in_time(self, urls: Sequence[str]) -> Iterator[str]:
        """Yield the first, and the others as long as the round lasts: a certificate may name any number."""
        for number, url in enumerate(urls):
            if number and self.is_over:
                return
            yield url

    def _crl(self, url: str, issuer: bytes, group: Sequence[Asked]) -> Listed:
        wanted, facts = {one.serial_number for one in group}, group[0].facts
        try:
            crl = read_crl(self._fetch(url), issuer, timezone.now(), facts.crl_urls, is_ca=facts.is_ca)
            said = crl.say_of(wanted)
        except (Unreachable, StatusUnreadable, OpensslMissing) as failure:
            return dict.fromkeys(wanted, Observation("crl", url, None, why(failure)))
        except Exception as odd:  # noqa: BLE001 it is logged, and reported for this place
            return dict.fromkeys(wanted, Observation("crl", url, None, _unexpected(url, odd)))
        return {
            number: Observation("crl", url, None, why(found))
            if isinstance(found, StatusUnreadable)
            else Observation("crl", url, found)
            for number, found in said.items()
        }

    def _ocsp(self, url: str, certificate: bytes, issuer: bytes) -> Observation:
        if url in self._dark:
            return Observation("ocsp", url, None, self._dark[url])
        try:
            return Observation("ocsp", url, ask_responder(url, certificate, issuer, self._fetch, at=timezone.now()))
        except Unreachable as nobody:
            if not (isinstance(nobody.words, Message) and nobody.words.code in ABOUT_THE_QUESTION):
                self._dark[url] = nobody.words
            return Observation("ocsp", url, None, nobody.words)
        except (StatusUnreadable, OpensslMissing) as failure:
            return Observation("ocsp", url, None, why(failure))
        except Exception as odd:  # noqa: BLE001 it is logged, and reported for this place
            return Observation("ocsp", url, None, _unexpected(url, odd))


def _listed(one: Asked, crls: Sequence[Listed]) -> list[Observation]:
    return [crl[one.serial_number] for crl in crls]


def _all_final(observations: Sequence[Observation]) -> bool:
    return all(observation.is_final for observation in observations)


def _unexpected(url: str, odd: Exception) -> Message:
    """Log a fault of the portal itself and report it for this place only (C5)."""
    log.exception("what %s answers cannot be worked on", url)
    return Message("authority.place_failed", {"error": type(odd).__name__})
