from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from certportal.accounts.models import Customer, User
from tests.reviews import desk

Seat = Callable[[User | None], Client]
"""Returns a browser in which this person is signed in."""

VIEW = ("revocation.view_revocationrequest", "revocation.view_certificate", "revocation.view_event")


@pytest.fixture(autouse=True)
def _desk(settings: Any, tmp_path: Path) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "letters": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def acme(db: None) -> Customer:
    return desk.customer("acme")


@pytest.fixture
def alice(acme: Customer) -> User:
    """A customer."""
    return desk.person("alice", customer=acme)


@pytest.fixture
def rita(db: None) -> User:
    """A reviewer."""
    return desk.person(
        "rita", "revocation.decide_revocationrequest", "revocation.retry_revocation", *VIEW, is_staff=True
    )


@pytest.fixture
def ron(db: None) -> User:
    """Another reviewer."""
    return desk.person("ron", "revocation.decide_revocationrequest", *VIEW, is_staff=True)


@pytest.fixture
def carl(db: None) -> User:
    """Certificate staff."""
    rights = ("revocation.import_certificates", "revocation.purge_certificate", "revocation.view_certificate")
    return desk.person("carl", *rights, is_staff=True)


@pytest.fixture
def audrey(db: None) -> User:
    """An auditor: reads everything, changes nothing."""
    person = desk.person("audrey", is_staff=True)
    person.groups.add(Group.objects.get(name="auditors"))
    return person


@pytest.fixture
def sam(db: None) -> User:
    """Staff without any permission."""
    return desk.person("sam", is_staff=True)


@pytest.fixture
def root(db: None) -> User:
    """A superuser."""
    return desk.person("root", is_staff=True, is_superuser=True)


@pytest.fixture
def seat() -> Seat:
    """Return a function that returns a browser in which a person is signed in."""

    def logged_in(user: User | None) -> Client:
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return logged_in
