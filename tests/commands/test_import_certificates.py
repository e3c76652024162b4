"""`import_certificates`: each refusal has a clear line and stops nothing else. A second run changes nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.management import CommandError, call_command

from revocation.management.commands import import_certificates
from revocation.models import Actor, Certificate, CertificateBytes, Event
from revocation.pki.bundle import LARGEST_FILE
from revocation.pki.export import as_pem, as_pkcs7
from revocation.services.core.chains import full_chain
from tests.conftest import MakeCertificate

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(alice: Actor) -> Run:
    """A function that runs the command. Returns its exit code, its output and its complaints."""

    def command(*paths: Path, **options: object) -> tuple[int, str, str]:
        out, err, code = StringIO(), StringIO(), 0
        chosen = {"customer": "aurora", "uploaded": True, "level": "dv"} | options
        try:
            call_command("import_certificates", *map(str, paths), stdout=out, stderr=err, **chosen)
        except SystemExit as ended:
            code = int(ended.code or 0)
        return code, out.getvalue(), err.getvalue()

    return command


@pytest.fixture
def chains(make_certificate: MakeCertificate) -> list[list[bytes]]:
    """Three real chains, unknown to the inventory."""
    made = [full_chain(make_certificate(f"n{n}.aurora.example")) for n in range(3)]
    CertificateBytes.objects.all().delete()
    Certificate.objects.all().delete()
    return made


def test_files_of_all_kinds_and_folders_in_one_go(run: Run, chains: list[list[bytes]], tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "one.pem").write_bytes(as_pem(chains[0]))
    (tmp_path / "a" / "two.der").write_bytes(chains[1][0])
    (tmp_path / "a" / "b" / "three.p7b").write_bytes(as_pkcs7(chains[2]))
    code, said, complaints = run(tmp_path)
    assert (code, complaints) == (0, "")
    assert said.startswith("3 added")
    assert all(c.uploaded and c.level == "dv" for c in Certificate.objects.all())
    events = Event.objects.count()
    code, said, _ = run(tmp_path)
    assert said.startswith("0 added, 3 already known")
    assert (Certificate.objects.count(), Event.objects.count()) == (3, events)


def test_each_refused_file_has_one_line_and_the_others_are_imported(
    run: Run, chains: list[list[bytes]], tmp_path: Path
) -> None:
    key = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    bad = {
        "empty.pem": b"",
        "key.pem": key,
        "noise.der": os.urandom(3000),
        "page.html": b"<html>no certificate</html>",
        "half.pem": as_pem([chains[1][0]]) + b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    }
    for name, data in bad.items():
        (tmp_path / name).write_bytes(data)
    (tmp_path / "good.pem").write_bytes(as_pem([chains[0][0]]))
    (tmp_path / "gone.pem").symlink_to(tmp_path / "nowhere")
    os.mkfifo(tmp_path / "pipe.pem")
    code, said, complaints = run(tmp_path)
    lines = complaints.strip().splitlines()
    assert code == 1
    assert sorted(line.split(":")[0] for line in lines) == sorted(
        str(tmp_path / name) for name in [*bad, "gone.pem", "pipe.pem"]
    )
    assert all(len(line) > len(str(tmp_path)) + 15 for line in lines)
    assert "PRIVATE KEY" not in complaints
    assert re.search(r"half\.pem: certificate 2, line \d+: Its text is incomplete", complaints)
    assert said.startswith("2 added, 0 already known, 0 issuer certificates kept, 1 certificates refused, 6 files")


def test_what_is_not_there_and_what_may_not_be_entered_have_a_line(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()
    (tmp_path / "deep").mkdir()
    real = os.scandir

    def scandir(path: os.PathLike[str] | str) -> object:
        if str(path) == str(closed):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    code, said, complaints = run(tmp_path, tmp_path / "nowhere.pem")
    assert code == 1
    assert f"{closed}: Permission denied" in complaints
    assert f"{tmp_path / 'nowhere.pem'}: No such file" in complaints
    assert "2 files or folders refused" in said


def test_an_unknown_customer_is_named_and_the_known_ones_listed(run: Run, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"customer “nobody” does not exist\. Known customers: aurora"):
        run(tmp_path, customer="nobody")


def test_a_file_that_is_cut_off_is_incomplete_and_the_same_file_whole_adds_the_rest(
    run: Run, chains: list[list[bytes]], tmp_path: Path
) -> None:
    leaves = [chain[0] for chain in chains]
    (tmp_path / "bundle.pem").write_bytes(as_pem(leaves)[:-300])
    code, said, complaints = run(tmp_path)
    assert code == 1
    assert "bundle.pem: certificate 3, line" in complaints
    assert "incomplete: it is cut off after certificate number 2" in complaints
    assert said.startswith("2 added")
    (tmp_path / "bundle.pem").write_bytes(as_pem(leaves))
    assert run(tmp_path)[1].startswith("1 added, 2 already known")


def test_a_file_longer_than_one_that_is_read_whole_is_imported(
    run: Run, chains: list[list[bytes]], tmp_path: Path
) -> None:
    (tmp_path / "long.pem").write_bytes(as_pem(chains[0]) + b"#" * (LARGEST_FILE + 1) + b"\n" + as_pem(chains[1]))
    code, said, complaints = run(tmp_path)
    assert (code, complaints) == (0, "")
    assert said.startswith("2 added")


def test_a_log_is_told_how_far_a_long_import_is(
    run: Run, chains: list[list[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_certificates, "TOLD_EVERY", 2)
    (tmp_path / "bundle.pem").write_bytes(as_pem([chain[0] for chain in chains]))
    assert run(tmp_path)[1].startswith("… 2 certificates, 2 of them added\n3 added")
