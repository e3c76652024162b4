"""What a place of publication says about certificates.

Its CRL is read once for a stretch of work, or its responder is asked about each certificate. All addresses that the
certificates name for it are tried in their order. Only what is fresh and signed by the issuer is believed. A
certificate about which nothing can be learnt holds up no other (C5).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from django.utils import timezone

from revocation.authorities.looking import Fetch, Unreachable, ask_responder, why
from revocation.authorities.rounds import ABOUT_THE_QUESTION
from revocation.marking import gettext_noop
from revocation.messages import Message, Refused, Words, table
from revocation.models import CertificateBytes, PointKind, StatusPoint
from revocation.pki.facts import UnreadableCertificate, is_web, read_certificate
from revocation.pki.openssl import OpensslMissing
from revocation.pki.status import CrlSighting, OcspSighting, ReadCrl, StatusUnreadable, read_crl
from revocation.services.core.chains import issuer_of

log = logging.getLogger(__name__)

ADDRESSES = 8
"""Addresses of one place that are tried. Together they take less than its lease."""
SAMPLES = 20
"""Certificates of a place that are tried to find its issuer: the newest may be odd."""
SILENCES = 3
"""Questions in a row that a responder leaves unanswered: then it is down, and not one certificate odd."""

Answer = CrlSighting | OcspSighting


MESSAGES = table(
    "comparison",
    {
        "bad_serial_number": gettext_noop("The inventory has no valid serial number of this certificate: %(serial)s."),
        "not_noted": gettext_noop(
            "The portal could not record what is published about this certificate (%(error)s). See the portal's log."
        ),
        "certificate": gettext_noop("Certificate %(number)s: %(why)s"),
        "some": gettext_noop("Not compared: %(certificates)s"),
        "failed": gettext_noop("The portal could not compare this address (%(error)s). See the portal's log."),
    },
)


class CannotCompare(Refused):
    """Nothing can be learnt at this place now. The message says why."""

    subject = "comparison"


@dataclass(frozen=True)
class Row:
    """What is compared of one certificate. `serial_number`: as the inventory writes it."""

    pk: int
    serial_number: str
    state: str


@dataclass(frozen=True)
class Answers:
    """By certificate: `said`, what is published, and `odd`, why nothing could be learnt of an odd one."""

    said: Mapping[int, Answer] = field(default_factory=dict)
    odd: Mapping[int, Message] = field(default_factory=dict)


Ask = Callable[[Collection[Row]], Answers]


def asking(point: StatusPoint, fetch: Fetch) -> Ask:
    """Return the function that asks the place about certificates.

    The CRL is fetched here, before the first question. Its number and the address that answered are noted in `point`,
    unsaved. Raises CannotCompare.
    """
    found = _sample(point)
    if found is None:
        return lambda rows: Answers()
    der, issuer = found
    if point.kind == PointKind.CRL:
        return _of_crl(_crl(point, der, issuer, fetch))
    return _of_responder(point, issuer, fetch)


def addresses(point: StatusPoint) -> list[str]:
    """Return the first few addresses of the place that can be fetched, in their order."""
    return [url for url in dict.fromkeys((point.url, *point.urls)) if is_web(url)][:ADDRESSES]


def _sample(point: StatusPoint) -> tuple[bytes, bytes] | None:
    """Return a certificate of the place and its issuer's; None where no certificate is left.

    Raises CannotCompare if no issuer can be found.
    """
    samples = CertificateBytes.objects.filter(certificate__status_point=point).order_by("-certificate")[:SAMPLES]
    problem: Message | None = None
    for sample in samples:
        der = bytes(sample.der)
        try:
            issuer = issuer_of(der)
        except (UnreadableCertificate, OpensslMissing) as unreadable:
            problem = unreadable.message
            continue
        if issuer is not None:
            return der, issuer
        problem = Message("authority.no_issuer")
    if problem:
        raise CannotCompare.of(problem)
    return None


def _crl(point: StatusPoint, der: bytes, issuer: bytes, fetch: Fetch) -> ReadCrl:
    facts, problems = read_certificate(der), list[Message]()
    for url in addresses(point):
        try:
            crl = read_crl(fetch(url), issuer, timezone.now(), facts.crl_urls, is_ca=facts.is_ca)
        except (Unreachable, StatusUnreadable, OpensslMissing) as problem:
            problems.append(_at(url, why(problem)))
        except Exception as odd:
            log.exception("what %s answers cannot be worked on", url)
            problems.append(_at(url, _failed(odd)))
        else:
            point.url, point.crl_number = url, "" if crl.number is None else str(crl.number)
            return crl
    raise CannotCompare.of(_all(problems))


def _at(url: str, problem: Words) -> Message:
    return Message("authority.at_address", {"url": url, "why": problem})


def _failed(odd: Exception) -> Message:
    return Message("authority.place_failed", {"error": type(odd).__name__})


def _all(problems: list[Message]) -> Message:
    return Message("authority.nothing_readable", {"failures": problems})


def _of_crl(crl: ReadCrl) -> Ask:
    def ask(rows: Collection[Row]) -> Answers:
        numbers, odd = dict[int, int](), dict[int, Message]()
        for row in rows:
            try:
                numbers[row.pk] = int(row.serial_number, 16)
            except ValueError:
                odd[row.pk] = MESSAGES.message("bad_serial_number", {"serial": row.serial_number})
        found, said = crl.say_of(set(numbers.values())), dict[int, Answer]()
        for pk, number in numbers.items():
            answer = found[number]
            if isinstance(answer, StatusUnreadable):
                odd[pk] = answer.message
            else:
                said[pk] = answer
        return Answers(said, odd)

    return ask


def _of_responder(point: StatusPoint, issuer: bytes, fetch: Fetch) -> Ask:
    responder = _Responder(addresses(point), issuer, fetch)

    def ask(rows: Collection[Row]) -> Answers:
        said, odd = dict[int, Answer](), dict[int, Message]()
        kept = CertificateBytes.objects.filter(certificate__in=[row.pk for row in rows]).order_by("certificate_id")
        for pk, der in kept.values_list("certificate_id", "der"):
            answer = responder.ask(bytes(der))
            if isinstance(answer, Message):
                odd[pk] = answer
            elif answer.known:
                said[pk] = answer
        return Answers(said, odd)

    return ask


class _Responder:
    """A responder with one or more addresses, of which the first that answers counts.

    An address that is silent several times in a row is not asked again.
    """

    def __init__(self, urls: Collection[str], issuer: bytes, fetch: Fetch) -> None:
        self._issuer, self._fetch = issuer, fetch
        self._silences = dict.fromkeys(urls, 0)

    def ask(self, der: bytes) -> OcspSighting | Message:
        """Return what is said of a certificate, or why that is unknown. Raises CannotCompare when all are down."""
        problems = list[Message]()
        for url in self._awake():
            try:
                answer = ask_responder(url, der, self._issuer, self._fetch, at=timezone.now())
            except Unreachable as nobody:
                about_it = isinstance(nobody.words, Message) and nobody.words.code in ABOUT_THE_QUESTION
                self._silences[url] = 0 if about_it else self._silences[url] + 1
                problems.append(_at(url, nobody.words))
            except (StatusUnreadable, OpensslMissing) as unreadable:
                problems.append(_at(url, unreadable.message))
            except Exception as odd:
                log.exception("what %s answers cannot be worked on", url)
                problems.append(_at(url, _failed(odd)))
            else:
                self._silences[url] = 0
                return answer
        if not list(self._awake()):
            raise CannotCompare.of(_all(problems))
        return _all(problems)

    def _awake(self) -> Iterator[str]:
        return (url for url, times in list(self._silences.items()) if times < SILENCES)
