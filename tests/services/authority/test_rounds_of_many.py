"""M5: where many wait for one CRL, it proves them all; OCSP is asked for a sample, and later for each that waits on."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from revocation.authorities import looking, rounds
from revocation.authorities.local.models import LocalAuthority
from revocation.authorities.looking import Unreachable
from revocation.messages import Message
from revocation.models import Certificate, Event, RevocationOrder, StatusObservation
from revocation.pki.openssl import OpensslMissing
from revocation.services.authority import publication_check, publication_record
from tests.conftest import NOW, SYSTEM
from tests.people import HOUR
from tests.publication import fetch_own
from tests.services.authority.test_together import Orders, orders, publish, together

__all__ = ["orders"]

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def asked_of(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were fetched."""
    fetched: list[str] = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return fetch_own(url)

    monkeypatch.setattr(publication_check, "fetch_publication", fetch)
    return fetched


def test_M5_many_of_one_crl_ask_ocsp_for_a_sample(
    orders: Orders, authority: LocalAuthority, asked_of: list[str]
) -> None:
    authority.shards = 1
    keys = orders(6)
    together(keys)
    publish()
    publication_check.look(keys, by=SYSTEM, at=NOW)
    assert [sum(place in url for url in asked_of) for place in ("crl", "/ocsp")] == [1, 1]
    assert set(Certificate.objects.values_list("state", flat=True)) == {"revoked"}
    assert publication_check.due_looks(at=NOW + timedelta(days=1)) == []
    assert StatusObservation.objects.filter(place="ocsp").count() == 1  # nothing is claimed of the others
    assert StatusObservation.objects.filter(place="crl").count() == 6


def test_M5_a_sample_that_does_not_show_it_is_asked_again(
    orders: Orders, authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(url: str) -> bytes:
        if "/ocsp" in url:
            raise Unreachable(Message("authority.answer_status", {"status": 500}))
        return fetch_own(url)

    authority.shards = 1
    keys = orders(5)
    together(keys)
    publish()
    monkeypatch.setattr(publication_check, "fetch_publication", fetch)
    publication_check.look(keys, by=SYSTEM, at=NOW)
    assert set(Certificate.objects.values_list("state", flat=True)) == {"revoked"}  # the CRL shows it
    assert set(publication_check.due_looks(at=NOW + HOUR)) == set(keys)
    monkeypatch.setattr(publication_check, "fetch_publication", fetch_own)
    publication_check.look(keys, by=SYSTEM, at=NOW + HOUR)
    assert publication_check.due_looks(at=NOW + timedelta(days=1)) == []


def test_M5_where_the_crl_lags_ocsp_is_asked_for_each_after_some_looks(
    orders: Orders, authority: LocalAuthority, asked_of: list[str]
) -> None:
    authority.shards = 1
    keys = orders(5)
    publish()  # a CRL without them
    together(keys)
    for turn in range(publication_check.PATIENT_LOOKS + 1):
        asked_of.clear()
        RevocationOrder.objects.update(next_look_at=NOW)
        publication_check.look(keys, by=SYSTEM, at=NOW)
        ocsp = sum("/ocsp" in url for url in asked_of)
        assert ocsp == (1 if turn < publication_check.PATIENT_LOOKS else 5)
    assert set(Certificate.objects.values_list("state", flat=True)) == {"revoked"}


def test_C5_one_whose_responder_is_odd_for_good_holds_up_no_neighbour(
    orders: Orders, authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first of the group is always in the sample. Its neighbours are asked for by themselves in the end."""
    authority.shards = 1
    keys = orders(5)
    together(keys)
    publish()
    first = RevocationOrder.objects.get(pk=keys[0]).certificate.bytes.der
    really = looking.ask_responder

    def odd(url: str, certificate: bytes, *more: Any, **options: Any) -> Any:
        if certificate == bytes(first):
            raise Unreachable(Message("authority.answer_status", {"status": 500}))
        return really(url, certificate, *more, **options)

    monkeypatch.setattr(rounds, "ask_responder", odd)
    for _ in range(publication_check.PATIENT_LOOKS + 1):
        RevocationOrder.objects.filter(next_look_at__isnull=False).update(next_look_at=NOW)
        publication_check.look(keys, by=SYSTEM, at=NOW)
    assert list(RevocationOrder.objects.filter(next_look_at__isnull=False).values_list("pk", flat=True)) == keys[:1]
    RevocationOrder.objects.update(visible_by=NOW - HOUR, next_look_at=NOW)
    publication_check.look(keys[1:], by=SYSTEM, at=NOW)
    assert not Event.objects.filter(kind="sighting_late").exists()


def test_M5_a_place_that_the_round_did_not_come_to_is_asked_later(
    orders: Orders, authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority.shards = 1
    keys = orders(1)
    together(keys)
    publish()
    really = rounds.Round._in_time
    monkeypatch.setattr(rounds.Round, "_in_time", lambda self, urls: () if "ocsp" in urls[0] else really(self, urls))
    publication_check.look(keys, by=SYSTEM, at=NOW)
    assert Certificate.objects.get().state == "revoked"  # the CRL shows it
    assert publication_check.due_looks(at=NOW + HOUR) == keys


def test_M5_a_hindrance_after_the_proof_ends_no_look(
    orders: Orders, authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fetch(url: str) -> bytes:
        if "/ocsp" in url:
            raise Unreachable(Message("authority.answer_status", {"status": 500}))
        return fetch_own(url)

    keys = orders(1)
    together(keys)
    publish()
    monkeypatch.setattr(publication_check, "fetch_publication", fetch)
    publication_check.look(keys, by=SYSTEM, at=NOW)
    order = RevocationOrder.objects.get()
    assert (order.state, order.next_look_at is None) == ("proven", False)
    monkeypatch.setattr(publication_check, "asked", lambda order: (_ for _ in ()).throw(OpensslMissing()))
    RevocationOrder.objects.update(next_look_at=NOW)
    publication_check.look(keys, by=SYSTEM, at=NOW)
    assert publication_check.due_looks(at=NOW + HOUR) == keys


def test_M5_what_was_seen_does_not_wait_for_a_host_that_may_hang(
    orders: Orders, authority: LocalAuthority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two hosts, what the first shows is written before the second is asked."""
    authority.shards = 2
    keys = orders(6)
    together(keys)
    publish()
    monkeypatch.setattr(publication_check, "FEW", 1)
    monkeypatch.setattr(publication_check, "_hosts", lambda group: {group[0][1].facts.crl_urls[0]})
    written, really = list[int](), publication_record.write

    def write(found: Mapping[int, publication_record.Looked], **more: Any) -> None:
        if found:
            written.append(len(found))
        really(found, **more)

    monkeypatch.setattr(publication_check, "write", write)
    publication_check.look(keys, by=SYSTEM, at=NOW)
    shards = {int(number, 16) % 2 for number in Certificate.objects.values_list("serial_number", flat=True)}
    assert (len(written), sum(written)) == (len(shards), len(keys))
