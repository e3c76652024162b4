"""An unusable file of `issuers` affects its authority only; `manage.py check` names it (M5, threat 39)."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.checks import run_checks
from pytest_django import Settings

from certportal.accounts.models import Customer
from revocation.authorities import registry
from revocation.models import Actor
from revocation.pki.facts import CertificateFacts, Level, read_certificate
from revocation.services.inventory import certificates
from tests.authorities.openssl_ca import OpensslCa, make_key
from tests.conftest import NOW, SYSTEM
from tests.support import processes

pytestmark = pytest.mark.process

Break = Callable[[Path], object]


def slug_for_issuer(facts: CertificateFacts) -> str | None:
    (slug,) = registry.slugs_for_issuers([facts])
    return slug


def entry(*issuers: object) -> dict[str, object]:
    return {"driver": "by_hand", "name": "A CA", "issuers": list(issuers)}


def pipe(path: Path) -> None:
    """Make a pipe: whoever reads it waits for a writer."""
    os.mkfifo(path)


def key(path: Path) -> None:
    make_key(path.parent, "ecdsa", path.name)


def leaf(path: Path) -> None:
    ca = path.parent / "other"
    ca.mkdir()
    OpensslCa(ca, "ecdsa").issue(extensions=("basicConstraints=CA:FALSE",))
    path.write_bytes((ca / "leaf.pem").read_bytes())


BROKEN: dict[str, tuple[Break, str]] = {
    "empty": (Path.touch, "The file is empty"),
    "missing": (lambda path: None, "No such file"),
    "a folder": (Path.mkdir, "it is no file"),
    "a pipe": (pipe, "it is no file"),
    "a device without end": (lambda path: path.symlink_to("/dev/zero"), "it is no file"),
    "a link to itself": (lambda path: path.symlink_to(path), "symbolic links"),
    "garbage": (lambda path: path.write_bytes(b"\xff\x00garbage" * 9) and None, "No certificate"),
    "cut off": (lambda path: path.write_text("-----BEGIN CERTIFICATE-----\nMIIB") and None, "cut off"),
    "a private key": (key, "private key"),
    "a server's certificate": (leaf, "is no CA's"),
    "five megabytes": (lambda path: path.write_bytes(b"x" * 5_000_000) and None, "4194304"),
}


@pytest.fixture
def ca(tmp_path: Path) -> OpensslCa:
    folder = tmp_path / "ca"
    folder.mkdir()
    return OpensslCa(folder, "ecdsa")


@pytest.fixture
def certificate(ca: OpensslCa) -> CertificateFacts:
    return read_certificate(ca.issue(extensions=("basicConstraints=CA:FALSE",)))


@pytest.fixture(params=BROKEN)
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, str]:
    """Return the path of an unusable file, and what has to be said about it."""
    make, said = BROKEN[request.param]
    make(tmp_path / "broken.pem")
    return str(tmp_path / "broken.pem"), said


def test_a_file_of_no_use_costs_no_other_authority(
    db: None, settings: Settings, broken: tuple[str, str], ca: OpensslCa, certificate: CertificateFacts
) -> None:
    settings.AUTHORITIES = {"bad": entry(broken[0]), "good": entry(str(ca.folder / "ca.pem"))}
    assert slug_for_issuer(certificate) == "good"
    assert registry.problems(settings.AUTHORITIES) == []


def test_check_names_the_file_and_what_is_wrong_with_it(db: None, settings: Settings, broken: tuple[str, str]) -> None:
    settings.AUTHORITIES = {"bad": entry(broken[0])}
    (found,) = [message for message in run_checks() if message.id == "certportal.W001"]
    assert found.msg.startswith("AUTHORITIES: bad: issuers, entry 1: ")
    assert broken[0] in found.msg
    assert broken[1] in found.msg
    assert not found.is_serious()  # else no command would start


NO_PATHS = {
    "empty": "",
    "blank": " ",
    "folder": ".",
    "NUL": "\0",
    "long": "x" * 5000,
    "word": "R10",
    "nowhere": "/nowhere/ca.pem",
    "half a pair": "\ud800",
}


@pytest.mark.parametrize("item", NO_PATHS.values(), ids=NO_PATHS.keys())
def test_an_entry_that_is_no_path_costs_no_other_entry(
    db: None, settings: Settings, item: str, ca: OpensslCa, certificate: CertificateFacts
) -> None:
    settings.AUTHORITIES = {"a-ca": entry(item, str(ca.folder / "ca.pem"))}
    assert slug_for_issuer(certificate) == "a-ca"
    (said,) = registry.unreadable(settings.AUTHORITIES)
    assert said.isprintable()
    said.encode()


@pytest.mark.parametrize("issuers", ["R10", {}, 1, None, [1], [["x"]]])
def test_an_option_of_another_kind_is_named_and_costs_no_other_authority(
    db: None, settings: Settings, issuers: object, ca: OpensslCa, certificate: CertificateFacts
) -> None:
    bad = {"driver": "by_hand", "name": "Bad", "issuers": issuers}
    settings.AUTHORITIES = {"bad": bad, "good": entry(str(ca.folder / "ca.pem"))}
    assert slug_for_issuer(certificate) == "good"
    assert "issuers is not a list" in registry.problems(settings.AUTHORITIES)[0]


def test_no_byte_of_a_private_key_in_the_setting_is_shown(settings: Settings, tmp_path: Path) -> None:
    make_key(tmp_path, "ecdsa", "key.pem")
    text = (tmp_path / "key.pem").read_text()
    settings.AUTHORITIES = {"bad": entry(text)}
    (said,) = registry.unreadable(settings.AUTHORITIES)
    assert "private key" in said
    assert not any(line in said for line in text.splitlines())


def test_a_file_that_changes_while_the_portal_runs_is_read_anew(
    db: None, settings: Settings, tmp_path: Path, ca: OpensslCa, certificate: CertificateFacts
) -> None:
    file, good = tmp_path / "issuers.pem", (ca.folder / "ca.pem").read_bytes()
    settings.AUTHORITIES = {"a-ca": entry(str(file))}
    found = []
    for content in (None, good, b"", good, b"x" * len(good), good, None):
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_bytes(content)
        found.append(slug_for_issuer(certificate))
    assert found == [None, "a-ca", None, "a-ca", None, "a-ca", None]


def test_the_log_tells_once_and_not_for_each_certificate(
    db: None, settings: Settings, tmp_path: Path, certificate: CertificateFacts, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "told.pem").touch()
    settings.AUTHORITIES = {"bad": entry(str(tmp_path / "told.pem"))}
    for _ in range(5):
        slug_for_issuer(certificate)
    assert caplog.text.count("told.pem") == 1


def test_certificates_of_others_are_taken_in_meanwhile(
    settings: Settings, tmp_path: Path, alice: Actor, ca: OpensslCa, certificate: CertificateFacts
) -> None:
    (tmp_path / "empty.pem").touch()
    settings.AUTHORITIES = {"bad": entry(str(tmp_path / "empty.pem")), "good": entry(str(ca.folder / "ca.pem"))}
    (added,) = certificates.import_bundle(
        certificate.der,
        customer=Customer.objects.get(users=alice.user),
        order=certificates.IssuanceFacts(brand="wotrus", level=Level.DV),
        by=SYSTEM,
        at=NOW,
    )
    assert added.certificate is not None
    assert added.certificate.authority == "good"


def test_the_worker_and_the_check_start_with_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").touch()
    config = f'{{"bad": {{"driver": "by_hand", "name": "Bad CA", "issuers": ["{tmp_path}/empty.pem"]}}}}'
    environment = {
        **os.environ,
        "AUTHORITIES": config,
        "DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3",
        "HTTPS": "true",
        "BEHIND_PROXY": "true",
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",  # else `check --deploy` fails for these three
    }
    environment.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)  # conftest's; not for deployment
    for command in (["check"], ["check", "--deploy"], ["migrate"], ["worker", "--once"]):
        ended = processes.run("manage.py", *command, environment=environment)
        assert ended.returncode == 0, ended.stderr
        if command[0] == "check":
            assert "AUTHORITIES: bad: issuers, entry 1" in ended.stderr


def test_a_missing_ca_bundle_costs_its_authority_only(settings: Settings) -> None:
    acme = {"driver": "acme", "name": "ACME", "directory": "https://acme.example.com/d", "ca_bundle": "/nowhere.pem"}
    settings.AUTHORITIES = {"acme": acme, "hand": entry()}
    assert registry.problems(settings.AUTHORITIES) == []
    (said,) = registry.unreadable(settings.AUTHORITIES)
    assert said.startswith("AUTHORITIES: acme: ca_bundle: there is no file “/nowhere.pem”")
