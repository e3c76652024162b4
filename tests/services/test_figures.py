"""The desk's figures and records of what really went through an authority and was seen by others."""

import pytest
from django.utils import timezone

from reviews import dashboard, record
from revocation.services import deciding
from tests.people import HOUR, LOOKED_AT, NOW, fresh, submitted
from tests.services import scripted

pytestmark = pytest.mark.django_db


def test_M5_how_long_an_authority_took_and_what_the_record_says_of_it(make_certificate, alice, rita, monkeypatch):
    certificate = make_certificate()
    request = submitted(certificate, alice, at=NOW - 5 * HOUR)
    deciding.approve(request.pk, by=rita, at=NOW - 3 * HOUR, checked=LOOKED_AT)
    scripted.install(monkeypatch, scripted.CONFIRMS)
    scripted.tell_all()
    (row,) = dashboard.authority_delays(NOW - HOUR).rows
    assert row == ("local", [1, 3.0, 3.0, 0.0, 0.0])
    (order,) = record.gather(fresh(certificate), timezone.now())["orders"]
    assert (order["state"], order["receipt"]) == ("proven", scripted.CONFIRMED.receipt)
    assert order["proven_at"] == "2026-06-15T12:00:00+00:00"
