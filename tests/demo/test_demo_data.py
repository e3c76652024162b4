"""The demo's accounts, a superuser among them, appear only where they are wanted."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from certportal.accounts.models import User
from revocation.models import Certificate, Event, RevocationRequest
from revocation.policy import Route
from tests.conftest import MakeCertificate
from tests.support.scripted import tell_all

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


def test_no_demo_account_is_made_where_DEMO_is_off(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEMO = False
    monkeypatch.setenv("DEMO_PASSWORD", "given-Passw0rd")
    with pytest.raises(CommandError, match="DEMO=true"):
        call_command("demo_data")
    assert not User.objects.exists()


def test_an_installation_with_certificates_of_its_own_is_left_alone(
    settings: Any, make_certificate: MakeCertificate
) -> None:
    settings.DEMO = True
    User.objects.filter(email="alice@aurora.example").update(email="someone@else.example")
    make_certificate()
    with pytest.raises(CommandError, match="empty database"):
        call_command("demo_data")
    assert not User.objects.filter(is_superuser=True).exists()


def test_every_route_is_there_and_a_second_run_changes_nothing(settings: Any, tmp_path: Any) -> None:
    settings.DEMO = True
    call_command("demo_data")
    tell_all(timezone.now())  # in use the worker does this, once the portal is up
    assert {c.route for c in Certificate.objects.all()} == set(Route) - {Route.A1, Route.K1}
    states = Counter(RevocationRequest.objects.values_list("state", flat=True))
    assert set(states) == {
        "draft",
        "in_review",
        "handed_back",
        "awaiting_ownership",
        "revoking",
        "revoked",
        "rejected",
        "failed",
        "discarded",
    }
    before = (Certificate.objects.count(), Event.objects.count(), dict(User.objects.values_list("email", "password")))
    call_command("demo_data")
    after = (Certificate.objects.count(), Event.objects.count(), dict(User.objects.values_list("email", "password")))
    assert after == before
