"""People, an authority and certificates for every test; states are reached by calling services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.utils import translation

from certportal.accounts.models import Customer, Membership, User
from demo.certificates import csr
from demo.requests import stamped_letter
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.models import LocalAuthority
from revocation.letters.limits import Limits
from revocation.letters.sandbox import run_child
from revocation.models import Actor, Certificate
from revocation.pki.facts import Level
from revocation.services.authority import publication_check, reconciliation
from revocation.services.core import clock
from revocation.services.inventory.certificates import IssuanceFacts, issue_certificate
from revocation.services.letters import inspection
from tests.publication import fetch_own

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
SYSTEM = Actor.system("tests")
MakeCertificate = Callable[..., Certificate]


@pytest.fixture(autouse=True)
def answers_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Date every answer at the instant that the verb was given, however slow the machine is."""
    monkeypatch.setattr(clock, "passed", lambda begun: timedelta(0))


@pytest.fixture(autouse=True)
def _files_in_a_temporary_folder_and_cheap_passwords(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.DELEGATION_ZONE = "proofs.portal.example"
    settings.LETTER_SLOTS_DIR = tmp_path / "inspections"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "letters": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "letters"), "base_url": None},
        },
        "deployments": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "deployments"), "base_url": None},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(autouse=True)
def _language_of_nobody() -> Iterator[None]:
    """Begin without a language: an earlier page may have left its viewer's language in this thread."""
    with translation.override(None):
        yield


@pytest.fixture(autouse=True)
def _publication_without_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publication_check, "fetch_publication", fetch_own)
    monkeypatch.setattr(reconciliation, "fetch_publication", fetch_own)


@lru_cache(maxsize=64)
def _read_once(data: bytes, kind: str, limits: Limits) -> bytes:
    return run_child(data, kind, limits)


@pytest.fixture(autouse=True)
def _each_letter_is_read_by_one_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the services keep what a child read of a letter: most tests send the same one. Refusals are not kept."""
    monkeypatch.setattr(inspection, "run_child", _read_once)


def person(name: str, *, customer: str = "", group: str = "", superuser: bool = False) -> Actor:
    user = User.objects.create_user(
        f"{name}@{customer or 'certportal'}.example", "pw", first_name=name.title(), is_superuser=superuser
    )
    if group:
        user.groups.add(Group.objects.get(name=group))
    user.is_staff = bool(group) or superuser
    user.save()
    if customer:
        owner, _ = Customer.objects.get_or_create(slug=customer, defaults={"name": customer.title()})
        Membership.objects.create(user=user, customer=owner)
    return Actor.person(user, "192.0.2.1")


@pytest.fixture
def alice(db: None) -> Actor:
    return person("alice", customer="aurora")


@pytest.fixture
def bob(db: None) -> Actor:
    """Alice's colleague."""
    return person("bob", customer="aurora")


@pytest.fixture
def charlie(db: None) -> Actor:
    """A stranger."""
    return person("charlie", customer="xinghe")


@pytest.fixture
def rita(db: None) -> Actor:
    return person("rita", group="reviewers")


@pytest.fixture
def ron(db: None) -> Actor:
    return person("ron", group="reviewers")


@pytest.fixture
def carl(db: None) -> Actor:
    return person("carl", group="certificate staff")


@pytest.fixture
def root(db: None) -> Actor:
    return person("root", superuser=True)


@pytest.fixture
def authority(db: None) -> LocalAuthority:
    """Few CRLs: most tests revoke one certificate, and the worker publishes all of them."""
    start = datetime(2018, 1, 1, tzinfo=UTC)
    return create_authority("local", "Test CA", "ecdsa", at=NOW, not_before=start, days=7300, shards=4)


@pytest.fixture
def make_certificate(authority: LocalAuthority, alice: Actor) -> MakeCertificate:
    """Return a function that issues Alice's organisation a real certificate: route F1 unless `order` says otherwise."""

    def make(
        name: str = "www.aurora.example", *, start: datetime | None = None, left: timedelta | None = None, **order: Any
    ) -> Certificate:
        start = start or NOW - timedelta(days=20)
        names = order.pop("names", (name,))
        facts = IssuanceFacts(**{"brand": "wotrus", "level": Level.DV} | order)
        end = NOW + (left or timedelta(days=200))
        return issue_certificate(
            csr(names[0]),
            authority=authority,
            customer=Customer.objects.get(slug="aurora"),
            order=facts,
            by=SYSTEM,
            at=NOW,
            days=(end - start).days,
            names=names,
            not_before=start,
        )

    return make


@pytest.fixture(scope="session")
def letter() -> bytes:
    return stamped_letter()
