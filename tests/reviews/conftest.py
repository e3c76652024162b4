import pytest
from django.contrib.auth.models import Group
from django.test import Client

from tests.reviews import desk

VIEW = ("revocation.view_revocationrequest", "revocation.view_certificate", "revocation.view_event")


@pytest.fixture(autouse=True)
def _desk(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "letters": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.STATIC_ROOT = tmp_path
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def acme(db):
    return desk.customer("acme")


@pytest.fixture
def alice(acme):
    """A customer."""
    return desk.person("alice", customer=acme)


@pytest.fixture
def rita(db):
    """A reviewer."""
    return desk.person(
        "rita", "revocation.decide_revocationrequest", "revocation.retry_revocation", *VIEW, is_staff=True
    )


@pytest.fixture
def ron(db):
    """Another reviewer."""
    return desk.person("ron", "revocation.decide_revocationrequest", *VIEW, is_staff=True)


@pytest.fixture
def carl(db):
    """Certificate staff."""
    rights = ("revocation.import_certificates", "revocation.purge_certificate", "revocation.view_certificate")
    return desk.person("carl", *rights, is_staff=True)


@pytest.fixture
def audrey(db):
    """An auditor: reads everything, changes nothing."""
    person = desk.person("audrey", is_staff=True)
    person.groups.add(Group.objects.get(name="auditors"))
    return person


@pytest.fixture
def sam(db):
    """Staff without any permission."""
    return desk.person("sam", is_staff=True)


@pytest.fixture
def root(db):
    """A superuser."""
    return desk.person("root", is_staff=True, is_superuser=True)


@pytest.fixture
def seat():
    """A browser in which this person is logged in."""

    def logged_in(user):
        client = Client()
        if user is not None:
            client.force_login(user)
        return client

    return logged_in
