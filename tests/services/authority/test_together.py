"""M5: many orders at once end as each would by itself: the same rows, the same events, and one revocation each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from revocation import triggers
from revocation.authorities import registry, rounds
from revocation.authorities.interface import (
    Confirmed,
    NeedsAttention,
    RevocationInstruction,
    TryAgain,
    Waiting,
)
from revocation.authorities.local.driver import LocalDriver
from revocation.authorities.local.models import CrlShard, IssuedCertificate, LocalAuthority
from revocation.authorities.messages import AuthorityFailed
from revocation.messages import Message
from revocation.models import (
    Actor,
    Certificate,
    CertificateBytes,
    Event,
    Mail,
    RevocationOrder,
    RevocationRequest,
    StatusObservation,
)
from revocation.pki.facts import Level
from revocation.services.authority import bulk_dispatch, dispatch, embedded_publication, publication_check
from revocation.services.authority.orders import instruction_for
from revocation.services.core import backoff
from revocation.services.review import decisions
from tests.conftest import NOW, SYSTEM, MakeCertificate, person
from tests.people import HOUR, LOOKED_AT, delegate, submitted
from tests.support.scripted import WAITING
from tests.support.trying import taken_back

pytestmark = [pytest.mark.database, pytest.mark.django_db]

Answer = Confirmed | Waiting | AuthorityFailed
ANSWERS: dict[str, Answer] = {
    "confirmed": Confirmed(NOW, 4, {"seen": "in the CRL"}),
    "confirmed alike": Confirmed(NOW, 4, {"seen": "elsewhere"}),
    "already": Confirmed(NOW - HOUR, 1, {"seen": "before"}, already=True, words=Message("authority.bytes_of_another")),
    "unstated": Confirmed(None, None, {}),
    "in their own words": Confirmed(NOW, 4, {}, words="吊销 done"),
    "waits": WAITING,
    "outage": TryAgain("line is down", timedelta(minutes=7)),
    "refused": NeedsAttention(Message("authority.reason_not_taken", {"reason": 4})),
}


@dataclass
class Answering:
    """An authority that gives each order its own answer, to one or to many."""

    answers: Mapping[int, Answer]
    slug: str = "local"
    name: str = "Answering"
    takes_reasons: frozenset[int] = frozenset({0, 1, 4, 5})
    wants_proof: bool = False
    calls: int = 0

    def revoke(self, order: RevocationInstruction) -> Confirmed | Waiting:
        self.calls += 1
        answer = self.answers[int(order.key.split("-")[1])]
        if isinstance(answer, AuthorityFailed):
            raise answer
        return answer

    def revoke_many(self, orders: Sequence[RevocationInstruction]) -> dict[str, Answer]:
        self.calls += 1
        return {order.key: self.answers[int(order.key.split("-")[1])] for order in orders}


Orders = Callable[[int], list[int]]


@pytest.fixture(autouse=True)
def _pauses_of_equal_length(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backoff, "_random", SimpleNamespace(random=lambda: 0.0))


@pytest.fixture
def orders(make_certificate: MakeCertificate, alice: Actor, rita: Actor) -> Orders:
    """Return a function that approves so many requests and returns their orders."""

    def make(number: int) -> list[int]:
        for _ in range(number):
            name = f"host{Certificate.objects.count()}.aurora.example"
            case = submitted(make_certificate(name, left=timedelta(days=400)), alice)
            decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
        return list(RevocationOrder.objects.order_by("pk").values_list("pk", flat=True))[-number:]

    return make


def everything() -> dict[str, Any]:
    """Return all rows that carrying out orders writes, without the keys that the database gives."""
    events = Event.objects.order_by("certificate_id", "id")
    kept = [field.attname for field in Event._meta.concrete_fields if field.attname != "id"]
    mails = Mail.objects.order_by("event__certificate_id", "to", "template")
    seen = StatusObservation.objects.order_by("revocation_id", "place", "url")
    return {
        "orders": list(RevocationOrder.objects.order_by("pk").values()),
        "requests": list(RevocationRequest.objects.order_by("pk").values()),
        "certificates": list(Certificate.objects.order_by("pk").values()),
        "observations": list(seen.values("revocation_id", "place", "url", "outcome", "problem", "seen_at", "reason")),
        "events": list(events.values(*kept)),
        "mails": list(mails.values("to", "template", "language", "next_attempt_at", "event__kind")),
    }


def test_M5_whatever_the_authority_answers_to_many_is_recorded_as_for_one(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every answer, to orders in every situation; one by one and together leave the same rows and events."""
    keys = orders(3 * len(ANSWERS) + 3)
    kinds = [*ANSWERS.values()] * 3
    authority = Answering(dict(zip(keys, kinds, strict=False)) | dict.fromkeys(keys[len(kinds) :], WAITING))
    monkeypatch.setattr(registry, "authority", lambda slug: authority)
    second, third = keys[len(ANSWERS) : 2 * len(ANSWERS)], keys[2 * len(ANSWERS) : len(kinds)]
    RevocationOrder.objects.filter(pk__in=second).update(reason_sent=5, attempts=3, message="before")
    for key in third:  # the request is under way, and the authority had it
        dispatch.claim(key, at=NOW - HOUR)
        dispatch.send_claimed(key, by=SYSTEM, at=NOW - HOUR)
        if RevocationOrder.objects.get(pk=key).state == "stuck":
            dispatch.retry(key, by=person(f"roy{key}", superuser=True), at=NOW - HOUR)
    RevocationOrder.objects.filter(pk__in=third).exclude(state__in=["confirmed"]).update(next_attempt_at=NOW)
    swapped, gone, twice = keys[-3:]
    CertificateBytes.objects.filter(certificate__revocation=swapped).update(der=b"other bytes")
    CertificateBytes.objects.filter(certificate__revocation=gone).update(der=b"")
    RevocationOrder.objects.filter(pk=twice).update(lease_until=NOW + HOUR)
    left = []
    for tell in (one_by_one, together):
        with taken_back():
            authority.calls = 0
            tell(keys)
            left.append(everything() | {"calls": authority.calls > len(ANSWERS)})
    assert left[0].pop("calls")
    assert not left[1].pop("calls")
    for what in left[0]:
        assert left[0][what] == left[1][what], what


def one_by_one(keys: Sequence[int]) -> None:
    for key in keys:
        dispatch.tell(key, by=SYSTEM, at=NOW)


def together(keys: Sequence[int]) -> None:
    bulk_dispatch.tell_all(keys, by=SYSTEM, at=NOW)


def test_M5_many_publications_are_recorded_as_one_is(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen, not listed yet, looked for before, late, and hindered: one round or many leave the same."""
    monkeypatch.setattr(rounds, "MANY", 99)  # ask OCSP for each
    keys = orders(7)
    together(keys[:5])
    publish()
    together(keys[5:])  # confirmed, and in no CRL yet
    RevocationOrder.objects.filter(pk=keys[1]).update(message="x", message_code="authority.certificate_failed")
    RevocationOrder.objects.filter(pk__in=(keys[2], keys[5])).update(visible_by=NOW - HOUR)
    RevocationOrder.objects.filter(pk=keys[3]).update(looks=9)
    CertificateBytes.objects.filter(certificate__revocation=keys[4]).update(der=b"unreadable")
    left = []
    for size in (1, len(keys)):
        with taken_back():
            for start in range(0, len(keys), size):
                publication_check.look(keys[start : start + size], by=SYSTEM, at=NOW)
            left.append(everything())
    for what in left[0]:
        for one, many in zip(left[0][what], left[1][what], strict=True):
            assert one == many, what
    assert {row["state"] for row in left[1]["certificates"]} == {"revoked", "revoking"}
    assert {row["kind"] for row in left[1]["events"]} >= {"seen", "revoked", "sighting_late"}


def publish() -> None:
    for shard in embedded_publication.due_shards(at=timezone.now()):
        embedded_publication.publish_shard(shard, at=timezone.now())


def test_N2_a_chain_that_is_sent_together_is_one_request(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    delegate(alice, "www.aurora.example")  # so that no letter is asked (F9)
    order: dict[str, Any] = {"brand": "geotrust", "level": Level.OV, "left": timedelta(days=300)}
    first = make_certificate(**order, validation_method="dns_proxy")
    make_certificate(**order, reissued_from=first.fingerprint)
    decisions.approve(submitted(first, alice).pk, by=rita, at=NOW, checked=LOOKED_AT)
    together(dispatch.due_orders(at=NOW))
    publish()
    publication_check.look(publication_check.due_looks(at=NOW), by=SYSTEM, at=NOW)
    assert set(Certificate.objects.values_list("state", flat=True)) == {"revoked"}
    for kind, number in {"authority_asked": 1, "authority_confirmed": 2, "revoked": 1}.items():
        assert Event.objects.filter(kind=kind).count() == number, kind
    assert Event.objects.get(kind="authority_asked").certificate_id == first.pk


def test_C5_an_order_that_the_database_refuses_costs_itself_only(
    orders: Orders, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    keys, really = orders(3), dispatch.confirmed_data

    def refuse(asked_for: int, sent: int | None, answer: Confirmed) -> dict[str, Any]:
        if answer.receipt["serial_number"] == odd:
            raise DatabaseError("disk I/O error")
        return really(asked_for, sent, answer)

    odd = f"{int(RevocationOrder.objects.get(pk=keys[1]).certificate.serial_number, 16):x}"
    monkeypatch.setattr(dispatch, "confirmed_data", refuse)
    together(keys)
    assert "are sent one by one" in caplog.text
    assert f"order {keys[1]} cannot be carried out" in caplog.text
    assert [RevocationOrder.objects.get(pk=key).state for key in keys] == ["confirmed", "due", "confirmed"]
    monkeypatch.undo()
    RevocationOrder.objects.filter(state="due").update(lease_until=None)
    together(keys)
    assert set(RevocationOrder.objects.values_list("state", flat=True)) == {"confirmed"}
    assert set(IssuedCertificate.objects.values_list("effective_revocations", flat=True)) == {1}


def test_M5_what_a_driver_says_nothing_about_is_sent_by_itself(orders: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    keys, really = orders(3), LocalDriver.revoke_many
    monkeypatch.setattr(LocalDriver, "revoke_many", lambda self, some: really(self, some[:1]))
    together(keys)
    assert set(RevocationOrder.objects.values_list("state", flat=True)) == {"confirmed"}
    assert set(IssuedCertificate.objects.values_list("revoke_calls", flat=True)) == {1}


def test_M5_a_driver_that_breaks_for_many_is_asked_for_each(
    orders: Orders, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(self: LocalDriver, some: object) -> object:
        raise KeyError("serial")

    keys = orders(2)
    monkeypatch.setattr(LocalDriver, "revoke_many", broken)
    together(keys)
    assert set(RevocationOrder.objects.values_list("state", flat=True)) == {"confirmed"}
    assert "2 orders to local are sent one by one" in caplog.text


def test_M5_the_embedded_authority_counts_each_revocation_in_its_shard(
    orders: Orders, authority: LocalAuthority
) -> None:
    keys = orders(9)
    together(keys)
    together(keys)  # nothing is due any more
    LocalDriver("local", "Local").revoke_many(
        [instruction_for(order, 1, der=bytes(order.certificate.bytes.der), issuer_der=None)
         for order in RevocationOrder.objects.all()]
    )  # fmt: skip
    shards = dict(CrlShard.objects.filter(revocations__gt=0).values_list("number", "revocations"))
    held = list(IssuedCertificate.objects.values_list("shard", flat=True))
    assert shards == {shard: held.count(shard) for shard in held}
    assert LocalAuthority.objects.get().revocations == 9
    assert set(IssuedCertificate.objects.values_list("reason", "revoke_calls", "effective_revocations")) == {(4, 2, 1)}


def test_M5_more_orders_cost_no_more_statements(orders: Orders) -> None:
    counts = []
    for number in (6, 12):
        keys = orders(number)
        with CaptureQueriesContext(connection) as queries:
            together(keys)
            RevocationOrder.objects.filter(pk__in=keys).update(next_look_at=NOW)
        shards = sum("crlshard" in query["sql"].lower() for query in queries)
        counts.append(len(queries) - shards)
    assert counts[0] == counts[1]


def test_C5_an_odd_event_costs_its_own_order_only(orders: Orders) -> None:
    keys = orders(3)
    case = RevocationOrder.objects.get(pk=keys[1]).request
    approved = Event.objects.get(kind="approved", request_id=case.pk)
    triggers.remove()
    Event.objects.filter(pk=approved.pk).update(data={"revokes": None})
    triggers.ensure()
    together(keys)
    assert [RevocationOrder.objects.get(pk=key).state for key in keys] == ["confirmed", "stuck", "confirmed"]


def test_M5_orders_that_a_batch_does_not_come_to_in_time_are_given_back(
    orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = orders(3)
    monkeypatch.setattr(bulk_dispatch, "ONE_BY_ONE", -1.0)
    monkeypatch.setattr(bulk_dispatch, "_tell_or_leave", lambda *some, **more: ())
    together(keys)
    assert set(RevocationOrder.objects.values_list("state", "lease_until", "attempts")) == {("due", None, 0)}
    assert dispatch.due_orders(at=NOW) == keys
