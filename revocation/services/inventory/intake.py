"""Putting a batch of certificates into the inventory: one transaction, and what came of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, NamedTuple

from django.db import transaction

from certportal.accounts.models import Customer
from certportal.database.many import append_rows, insert_unique, present
from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.models import (
    Actor,
    BlockedKey,
    Brand,
    Certificate,
    CertificateBytes,
    CertificateName,
    CertificateState,
    EventKind,
    IssuerCertificate,
    ValidationMethod,
)
from revocation.models.certificate.name import spelt
from revocation.pki.facts import CertificateFacts, Level
from revocation.pki.search import spellings
from revocation.services.core.chains import authorities_for, keep_issuers
from revocation.services.core.events import Entry, record_all

BY_HAND = "by-hand"
"""The authority of a certificate that was issued through the service by a CA that no driver is set up for."""

FIRST_DAY, LAST_DAY = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


@dataclass(frozen=True)
class IssuanceFacts:
    """What only the purchase knows. `level` None: read it from the certificate."""

    brand: str = "other"
    level: Level | None = None
    term_years: int = 1
    validation_method: str = ValidationMethod.DNS
    to_be_renewed: bool = False
    reissued_from: str = ""
    uploaded: bool = False
    authority: str = ""


class Result(Enum):
    ADDED = "added"
    KNOWN = "known already"
    ISSUER = "issuer's certificate, kept for chains"
    REFUSED = "refused"


class Added(NamedTuple):
    """A certificate as it was stored. `columns`: the values of `COLUMNS`."""

    pk: int
    customer_id: int
    fingerprint: str
    columns: tuple[Any, ...]

    def as_certificate(self) -> Certificate:
        """Return the row as the model, without a query."""
        certificate: Certificate = Certificate(pk=self.pk, **dict(zip(COLUMNS, self.columns, strict=True)))
        certificate._state.adding = False
        return certificate


class Imported(NamedTuple):
    """What came of one certificate. `number` and `line`: where it stands in its file (`pki.bundle.Piece`)."""

    facts: CertificateFacts | None
    result: Result
    stored: Certificate | Added | None = None
    refused: Exception | None = None
    number: int = 0
    line: int = 0

    @property
    def certificate(self) -> Certificate | None:
        """The certificate in the inventory, new or known. Few callers need the model, which takes a while to make."""
        return self.stored.as_certificate() if isinstance(self.stored, Added) else self.stored


MESSAGES = table(
    "import",
    {
        "no_level": gettext_noop(
            "Neither the purchase nor the certificate states DV, OV or EV. Enter the level with the purchase."
        ),
        "no_brand": gettext_noop(
            "There is no brand “%(slug)s”. Known brands: %(known)s. Staff can add one in the admin."
        ),
        "no_original": gettext_noop(
            "The certificate that this one was reissued from (fingerprint %(fingerprint)s) is not in the inventory."
        ),
        "not_stored": gettext_noop(
            "The database does not take this certificate. The others are not affected. Report it."
        ),
        "key_blocked": gettext_noop("The key of this signing request was proven to be compromised. Make a new key."),
    },
    status=422,
    lists=frozenset({"known"}),
)


class ImportRefused(Refused):
    """The facts do not fit: an unknown level, brand or original, a compromised key, or what the database refuses."""

    subject = "import"


@dataclass(frozen=True)
class Order:
    """What the certificates of a purchase have in common: `facts`, with its brand and original looked up."""

    facts: IssuanceFacts
    customer: Customer
    brand: Brand
    original: Certificate | None


def looked_up(facts: IssuanceFacts, customer: Customer) -> Order:
    """Look up the brand and the original. Raises `ImportRefused` for one that does not exist."""
    return Order(facts, customer, _brand(facts.brand), _original(facts.reissued_from, customer))


def add(
    facts: Sequence[CertificateFacts],
    *,
    order: Order,
    by: Actor,
    at: datetime,
    event: EventKind = EventKind.IMPORTED,
) -> list[Imported]:
    """Put certificates into the inventory in one transaction; return what came of each, in order.

    CA certificates are kept for chains. The same fingerprint twice changes nothing. One that does not fit is refused by
    itself. An error of the database is raised for the whole batch.
    """
    known: dict[str, Certificate | Added] = {**_known(facts)}
    # Before the transaction: a signature may have to be checked, and others should not wait for that.
    leaves = {each.fingerprint_sha256: each for each in facts if not each.is_ca}
    rows = _rows([each for key, each in leaves.items() if key not in known], order, at)
    fresh = {key: row for key, row in rows.items() if isinstance(row, tuple)}
    issuers = _unknown_issuers(facts)
    if fresh or issuers:
        with transaction.atomic():
            keep_issuers(issuers)
            known |= _known([leaves[key] for key in fresh])  # imported meanwhile
            new = {key: row for key, row in fresh.items() if key not in known}
            added = _write(new, leaves, order, by=by, at=at, event=event)
    else:
        added = {}
    return _results(facts, rows, known, added)


def _known(facts: Iterable[CertificateFacts]) -> dict[str, Certificate]:
    there = present(Certificate, "fingerprint", {each.fingerprint_sha256 for each in facts})
    found = Certificate.objects.filter(fingerprint__in=there) if there else ()
    return {certificate.fingerprint: certificate for certificate in found}


def _unknown_issuers(facts: Iterable[CertificateFacts]) -> list[CertificateFacts]:
    issuers = {each.fingerprint_sha256: each for each in facts if each.is_ca}
    known = IssuerCertificate.objects.filter(fingerprint__in=issuers).values_list("fingerprint", flat=True)
    return [issuers[fingerprint] for fingerprint in issuers.keys() - set(known)]


def _write(
    rows: Mapping[str, Columns],
    facts: Mapping[str, CertificateFacts],
    order: Order,
    *,
    by: Actor,
    at: datetime,
    event: EventKind,
) -> dict[str, Added]:
    """Write the rows of certificates, and all that belongs to them; return what was stored, by fingerprint."""
    keys = insert_unique(Certificate, COLUMNS, rows.values(), by="fingerprint")
    added = {key: Added(keys[key], order.customer.pk, key, row) for key, row in rows.items()}
    append_rows(CertificateBytes, ("certificate_id", "der"), [(each.pk, facts[key].der) for key, each in added.items()])
    append_rows(CertificateName, ("certificate_id", "name"), _spelt_names(added, facts))
    digests = {facts[key].spki_sha256 for key in added}
    blocked = set(BlockedKey.objects.filter(key_digest__in=digests).values_list("key_digest", flat=True))
    entries = []
    for key, each in added.items():
        entries.append(Entry(event, each, after=CertificateState.ISSUED.value))
        if facts[key].spki_sha256 in blocked:
            entries.append(Entry(EventKind.KEY_KNOWN, each))
    record_all(entries, by=by, at=at)
    return added


def _spelt_names(added: Mapping[str, Added], facts: Mapping[str, CertificateFacts]) -> Iterator[tuple[int, str]]:
    """Yield the rows by which staff find the certificates."""
    for key, each in added.items():
        of = facts[key]
        for name in spelt((of.common_name[:LONGEST_NAME], *of.dns_names, *of.ip_addresses)):
            yield each.pk, name


def _results(
    facts: Sequence[CertificateFacts],
    rows: Mapping[str, Columns | ImportRefused],
    known: Mapping[str, Certificate | Added],
    added: Mapping[str, Added],
) -> list[Imported]:
    """Return what came of each. Of one that comes twice in the batch, the second counts as known."""
    results, seen = [], dict(known)
    for each in facts:
        fingerprint = each.fingerprint_sha256
        if each.is_ca:
            results.append(Imported(each, Result.ISSUER))
        elif fingerprint in seen:
            results.append(Imported(each, Result.KNOWN, seen[fingerprint]))
        elif isinstance(row := rows[fingerprint], ImportRefused):
            results.append(Imported(each, Result.REFUSED, refused=row))
        else:
            seen[fingerprint] = added[fingerprint]
            results.append(Imported(each, Result.ADDED, added[fingerprint]))
    return results


LONGEST_NAME = 300
"""Characters of a name that a column holds."""
OF_CERTIFICATE = (
    *("serial_number", "fingerprint", "common_name", "names", "organization", "subject", "issuer", "issuer_name"),
    *("not_before", "not_after", "key_algorithm", "key_digest", "policy_oids", "standard", "level", "level_source"),
    *("search_text", "authority"),
)
OF_ORDER = (
    *("state", "customer_id", "brand_id", "uploaded", "term_years", "validation_method", "to_be_renewed"),
    *("reissued_from_id", "revocation_unstated", "added_at"),
)
COLUMNS = OF_CERTIFICATE + OF_ORDER
"""The columns of a new certificate. The others are empty."""
Columns = tuple[Any, ...]


def _rows(leaves: Sequence[CertificateFacts], order: Order, at: datetime) -> dict[str, Columns | ImportRefused]:
    """Return by fingerprint each certificate as it will be stored, the values of `COLUMNS`, or why it is refused."""
    given, authorities = order.facts, _authorities(leaves, order.facts)
    common = (
        *(CertificateState.ISSUED.value, order.customer.pk, order.brand.pk, given.uploaded, given.term_years),
        *(given.validation_method, given.to_be_renewed, order.original.pk if order.original else None, False, at),
    )
    rows: dict[str, Columns | ImportRefused] = {}
    for facts, authority in zip(leaves, authorities, strict=True):
        try:
            rows[facts.fingerprint_sha256] = (*_of_certificate(facts, given, authority), *common)
        except ImportRefused as refused:
            rows[facts.fingerprint_sha256] = refused
    return rows


def _of_certificate(facts: CertificateFacts, given: IssuanceFacts, authority: str) -> Columns:
    """Return the values of `OF_CERTIFICATE`. Raises `ImportRefused`."""
    level, source = level_of(facts, given)
    return (
        facts.serial_hex,
        facts.fingerprint_sha256,
        facts.common_name[:LONGEST_NAME],
        [*facts.dns_names, *facts.ip_addresses],
        facts.organization[:LONGEST_NAME],
        facts.subject,
        facts.issuer,
        (facts.issuer_common_name or facts.issuer_organization)[:LONGEST_NAME],
        _shown_everywhere(facts.not_before),
        _shown_everywhere(facts.not_after),
        facts.key_algorithm[:60],
        facts.spki_sha256,
        list(facts.policy_oids),
        facts.standard.value,
        str(level),
        source,
        search_text(facts),
        authority,
    )


def _shown_everywhere(moment: datetime) -> datetime:
    """Return the instant, moved to one that clocks of every zone can show.

    *No end* is written 99991231235959Z (RFC 5280 4.1.2.5), which is past the calendar's end in half of the world. The
    certificate's bytes keep it.
    """
    return min(max(moment, FIRST_DAY), LAST_DAY)


def _authorities(leaves: Sequence[CertificateFacts], order: IssuanceFacts) -> list[str]:
    """Return whom to ask for each revocation: nobody if uploaded, else as the purchase or the signature says."""
    if order.uploaded:
        return [""] * len(leaves)
    if order.authority:
        return [order.authority] * len(leaves)
    return [slug or BY_HAND for slug in authorities_for(leaves)]


def search_text(facts: CertificateFacts) -> str:
    """What *My Certificates* searches in: names in each spelling, serial number, fingerprint; lower case."""
    names = (facts.common_name, *facts.dns_names, *facts.ip_addresses)
    parts = (
        *(spelling for name in names for spelling in spellings(name)),
        facts.serial_hex,
        facts.fingerprint_sha256,
    )
    return "\n".join(dict.fromkeys(part.lower() for part in parts if part))


def level_of(facts: CertificateFacts, order: IssuanceFacts) -> tuple[Level, str]:
    """Return the level and where it is from: the purchase first, then what the certificate says.

    Nothing is guessed silently. Raises `ImportRefused` where neither says it.
    """
    if order.level:
        return order.level, "order"
    if facts.level:
        return facts.level, facts.level_source
    raise ImportRefused("no_level")


def _brand(slug: str) -> Brand:
    try:
        return Brand.objects.get(pk=slug)
    except Brand.DoesNotExist:
        known = ", ".join(Brand.objects.values_list("pk", flat=True))
        raise ImportRefused("no_brand", slug=slug, known=known) from None


def _original(fingerprint: str, customer: Customer) -> Certificate | None:
    if not fingerprint:
        return None
    wanted = fingerprint.replace(":", "").upper()
    original: Certificate | None = Certificate.objects.filter(fingerprint=wanted, customer=customer).first()
    if original is None:
        raise ImportRefused("no_original", fingerprint=wanted)
    return original
