"""Browsers at the instant NOW, logged in as somebody or nobody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from revocation.models import Actor
from tests.conftest import NOW

Seat = Callable[[Actor | None], Client]


@pytest.fixture(autouse=True)
def _it_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def seat(db: None) -> Seat:
    def at(person: Actor | None) -> Client:
        client = Client()
        if person is not None:
            assert person.user is not None
            client.force_login(person.user)
        return client

    return at
