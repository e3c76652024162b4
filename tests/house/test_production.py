"""Threat 39: a production configuration is clean, and each bad one is refused with its name and a hint.

The settings are read from the environment as at a start, but within this process. `test_serve.py` starts for real.
"""

from __future__ import annotations

import json
import os
import re
import runpy
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.checks import CheckMessage, Error, Tags, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.test import override_settings

from certportal.environment import Environment
from tests.support.bad_settings import BAD, UNREADABLE
from tests.support.serving import ENCRYPTION, ROOT, SECRET, readme_example

pytestmark = [
    pytest.mark.process,
    pytest.mark.filterwarnings("ignore:Overriding setting DATABASES"),
    pytest.mark.django_db,  # `check --deploy` asks the database for its guards
]
GOOD = {
    **readme_example(),
    "SECRET_KEY": SECRET,
    "KEY_ENCRYPTION_KEY": ENCRYPTION,
    "DATABASE_URL": "postgres://portal@db.example.com/portal",
}
OURS = (Tags.security, Tags.database)
"""What the portal's own checks are tagged with. Those of Django's models take most of the time, and read no setting."""
UNTOUCHED = ("INSTALLED_APPS", "MIDDLEWARE", "AUTH_USER_MODEL")
IDS = re.compile(r"\b([EW]\d{3})\b")


def read(**changes: str) -> dict[str, Any]:
    """Return what `certportal/settings.py` makes of an environment."""
    with mock.patch.dict(os.environ, GOOD | changes, clear=True):
        made = runpy.run_path(str(ROOT / "certportal" / "settings.py"))
    return {name: value for name, value in made.items() if name.isupper() and name not in UNTOUCHED}


def found(tags: Sequence[str] | None = OURS, **changes: str) -> list[CheckMessage]:
    with mock.patch.dict(os.environ, GOOD | changes, clear=True), override_settings(**read(**changes)):
        made = run_checks(tags=tags, include_deployment_checks=True)
    return [message for message in made if message.is_serious(30)]


def ids(messages: list[CheckMessage]) -> set[str]:
    return {str(message.id).removeprefix("certportal.") for message in messages}


def test_the_example_in_the_readme_is_clean() -> None:
    assert [str(message) for message in found(tags=None)] == []


@pytest.mark.parametrize("name", list(BAD))
def test_threat_39_a_bad_setting_is_named_with_what_to_do(name: str) -> None:
    changes, expected = BAD[name]
    messages = [message for message in found(**changes) if message.id == f"certportal.{expected}"]
    assert messages
    for message in messages:
        assert (message.level >= Error("").level) == expected.startswith("E")
        assert message.hint


@pytest.mark.parametrize("name", [name for name, (_, number) in BAD.items() if number in ("E108", "E109", "E110")])
def test_threat_38_a_refused_secret_is_not_repeated(name: str) -> None:
    changes, _ = BAD[name]
    said = " ".join(f"{message.msg} {message.hint}" for message in found(**changes))
    assert not any(value.strip() in said for value in changes.values() if len(value.strip()) > 8)


@pytest.mark.parametrize("name", ["DNS_PROVIDERS", "LETTERS_STORAGE_OPTIONS", "AUTHORITIES", "DNS_RESOLVERS"])
def test_threat_38_a_text_in_the_place_of_an_object_is_not_repeated(name: str) -> None:
    """The whole value, with a key in it, stands in quotation marks."""
    with pytest.raises(ImproperlyConfigured, match=f"{name}: Input should be a valid") as refused:
        read(**{name: json.dumps(json.dumps({"key_secret": "hunter2"}))})
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("name", list(UNREADABLE))
def test_threat_39_a_setting_that_cannot_be_read_stops_everything_with_its_name(name: str) -> None:
    changes, said = UNREADABLE[name]
    with pytest.raises(ImproperlyConfigured, match=said):
        read(**changes)


@pytest.mark.parametrize("secret", ["Zx8-" * 3 + SECRET[:40], SECRET + "==", "4f2c9ab17e6d5038b1c4e97a20f68d35" * 2])
def test_secrets_as_people_make_them_are_taken(secret: str) -> None:
    made = (found(SECRET_KEY=f"{secret}-{SECRET}"), found(KEY_ENCRYPTION_KEY="9c1f7a3be65d20488f1e07b6ca94d35a"))
    assert made == ([], [])


@pytest.mark.parametrize(
    "hosts", ['["portal.example.com", ".example.com"]', '["portal.example.com", "10.0.0.7", "[::1]"]']
)
def test_hosts_that_are_ours_are_taken(hosts: str) -> None:
    assert found(ALLOWED_HOSTS=hosts) == []


def test_ids_are_unique_and_each_is_explained_and_has_a_bad_setting() -> None:
    explained = re.findall(r"^\| `certportal\.([EW]\d{3})` \|", (ROOT / "docs/settings.md").read_text(), flags=re.M)
    code = "\n".join(path.read_text() for path in (ROOT / "certportal" / "checks").glob("*.py"))
    made = set(re.findall(r'(?:"certportal\.|")([EW]\d{3})"', code))
    assert len(explained) == len(set(explained))
    of_the_database = {number for number in made if number[1] == "2"}  # tests/guards
    assert set(explained) == made
    assert made - of_the_database == {expected for _, expected in BAD.values()}


def test_threat_54_production_never_reads_the_file_of_development(tmp_path: Path) -> None:
    """The file exists, with good secrets, and production does not take them."""
    tree = tmp_path / "certportal"
    tree.mkdir()
    (tree / "environment.py").write_bytes((ROOT / "certportal" / "environment.py").read_bytes())

    def read() -> Environment:
        environment: Environment = runpy.run_path(str(tree / "environment.py"))["read_environment"]()
        return environment

    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "local.env").write_text(f"SECRET_KEY={SECRET}\nKEY_ENCRYPTION_KEY={ENCRYPTION}\nDEBUG=true\n")
    forgotten = {name: value for name, value in GOOD.items() if name not in ("SECRET_KEY", "KEY_ENCRYPTION_KEY")}
    with mock.patch.dict(os.environ, forgotten, clear=True), pytest.raises(ImproperlyConfigured) as refused:
        read()
    assert "SECRET_KEY" in str(refused.value)
    assert "KEY_ENCRYPTION_KEY" in str(refused.value)
    with mock.patch.dict(os.environ, GOOD, clear=True):
        assert read().debug is False
    with mock.patch.dict(os.environ, {}, clear=True):
        assert read().secret_key.get_secret_value() == SECRET
