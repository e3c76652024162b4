"""The desk's reports and records of what an authority really carried out and published."""

from __future__ import annotations

import pytest
from django.utils import timezone

from reviews.presenters import dashboard, record
from revocation.models import Actor
from revocation.services.review import decisions
from tests.conftest import MakeCertificate
from tests.people import HOUR, LOOKED_AT, NOW, fresh, submitted
from tests.support import scripted

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def test_M5_how_long_an_authority_took_and_what_the_record_says_of_it(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = make_certificate()
    request = submitted(certificate, alice, at=NOW - 5 * HOUR)
    decisions.approve(request.pk, by=rita, at=NOW - 3 * HOUR, checked=LOOKED_AT)
    scripted.install(monkeypatch, scripted.CONFIRMS)
    scripted.tell_all()
    (row,) = dashboard.authority_delays(NOW - HOUR).rows
    assert row == ("local", [1, 3.0, 3.0, 0.0, 0.0])
    (order,) = record.gather(fresh(certificate), timezone.now())["orders"]
    assert (order["state"], order["receipt"]) == ("proven", scripted.CONFIRMED.receipt)
    assert order["proven_at"] == "2026-06-15T12:00:00+00:00"
