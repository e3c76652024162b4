"""The commands that README and `/demo/` show are run here, letter by letter, with the real openssl and GnuTLS."""

from __future__ import annotations

import html
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from certportal.accounts.models import Customer
from demo.certificates import AUTHORITIES, WANTED, issue, make_authorities
from demo.people import make_people
from revocation.authorities.local.models import CrlShard, IssuedCertificate, LocalAuthority
from revocation.authorities.local.revoke import revoke_certificate
from revocation.models import Certificate, CertificateState
from revocation.pki.openssl import pem
from revocation.services.authority import embedded_publication

ROOT = Path(__file__).resolve().parents[2]
NAMES = {"local": "f1.aurora.example", "local-rsa": "f4.aurora.example", "local-sm2": "f2.aurora.example"}
REVOKED = {"state": CertificateState.REVOKED, "revoked_at": timezone.now(), "revocation_reason": 4}

pytestmark = [pytest.mark.process, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def demo(settings: Any, live_server: Any) -> str:
    """The demo's certificates, and the portal on loopback under the address that they name."""
    settings.PKI_BASE_URL, settings.DEMO, settings.ROOT_URLCONF = str(live_server), True, "tests.demo.urls"
    at = timezone.now()
    make_people("a-demo-Passw0rd")
    make_authorities(at)
    for wanted in WANTED:
        if wanted.names[0] in NAMES.values():
            issue(wanted, {}, at)
    return str(live_server)


def publish(slug: str) -> None:
    """Publish the CRLs of one authority, as the worker does within seconds."""
    at, authority = timezone.now(), LocalAuthority.objects.get(slug=slug)
    of_others = set(CrlShard.objects.exclude(authority=authority).values_list("pk", flat=True))
    for shard in set(embedded_publication.due_shards(at=at)) - of_others:
        embedded_publication.publish_shard(shard, at=at)
    embedded_publication.publish_complete(authority.pk, at=at)


def readme() -> list[str]:
    section = (ROOT / "README.md").read_text().split("## Check a revocation")[1].split("\n## ")[0]
    blocks = re.findall(r"^```\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    inline = re.findall(r"^`([^`]+)`", section, re.MULTILINE)
    return [line for block in [*blocks, *inline] for line in block.splitlines()]


def page(client: Client) -> list[str]:
    blocks = re.findall(r"<pre[^>]*>(.*?)</pre>", client.get("/demo/").content.decode(), re.DOTALL)
    return [line for block in blocks for line in html.unescape(block).splitlines()]


def typed(line: str, folder: Path) -> str:
    """Run one line in a shell of its own. Returns what it prints, on stdout and stderr."""
    ended = subprocess.run(["bash", "-c", line], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    return ended.stdout + ended.stderr


def said(lines: list[str], folder: Path) -> dict[str, str]:
    """Run the lines. Returns the output of each by its words before the first option, or by `download`."""
    answers = {}
    for line in lines:
        kind = "download" if "-crl_download" in line else line.split(" -")[0]
        answers[kind] = typed(line, folder)
    return answers


def saved(slug: str, folder: Path) -> Certificate:
    certificate = Certificate.objects.get(common_name=NAMES[slug])
    assert certificate.authority == slug
    (folder / "cert.pem").write_bytes(pem("CERTIFICATE", bytes(certificate.bytes.der)))
    return certificate


@pytest.mark.parametrize("slug", AUTHORITIES)
@pytest.mark.parametrize("where", ["README", "demo"])
def test_the_lines_are_right_for_every_authority_of_the_demo(demo: str, tmp_path: Path, slug: str, where: str) -> None:
    publish(slug)
    certificate = saved(slug, tmp_path)
    lines = readme() if where == "README" else page(Client())
    before = said(lines, tmp_path)
    assert "cert.pem: OK" in before["openssl verify"]
    assert "Response verify OK" in before["openssl ocsp"]
    assert "cert.pem: good" in before["openssl ocsp"]
    revoke_certificate(LocalAuthority.objects.get(slug=slug), int(certificate.serial_number, 16), 4, at=timezone.now())
    publish(slug)
    after = said(lines, tmp_path)
    assert "certificate revoked" in after["openssl verify"]
    assert "cert.pem: revoked" in after["openssl ocsp"]
    assert "Reason: superseded" in after["openssl ocsp"]
    if where == "README":
        assert ("cert.pem: OK" in before["download"], "certificate revoked" in after["download"]) == (True, True)
    if where == "README" and slug != "local-sm2":
        assert "The certificate is trusted" in before["certtool"]
        assert "revoked" in after["certtool"]


@pytest.mark.parametrize("slug", AUTHORITIES)
def test_the_lines_for_what_is_revoked_already_find_it_by_its_serial_number(
    demo: str, tmp_path: Path, slug: str
) -> None:
    certificate = Certificate.objects.get(common_name=NAMES[slug])
    authority = LocalAuthority.objects.get(slug=slug)
    revoke_certificate(authority, int(certificate.serial_number, 16), 4, at=timezone.now())
    Certificate.objects.filter(pk=certificate.pk).update(**REVOKED)
    client = Client()
    client.force_login(Customer.objects.get(slug="aurora").users.all()[0])
    lines = [line for line in page(client) if "cert.pem" not in line]
    assert f"# {NAMES[slug]}" in lines
    assert IssuedCertificate.objects.filter(revoked_at__isnull=False).count() == 1
    answers = said(lines, tmp_path)
    assert "Response verify OK" in answers["openssl ocsp"]
    assert f"0x{certificate.serial_number}: revoked" in answers["openssl ocsp"]


def test_a_visitor_is_shown_no_customer_s_revoked_certificates(demo: str) -> None:
    Certificate.objects.filter(common_name=NAMES["local"]).update(**REVOKED)
    assert not [line for line in page(Client()) if "-serial" in line]


def test_make_run_prints_the_way_to_the_demo() -> None:
    text = (ROOT / "scripts" / "run").read_text()
    (line,) = [line for line in text.splitlines() if "/demo/" in line]
    for demo, printed in (("true", "http://127.0.0.1:8123/demo/"), ("false", "")):
        found = subprocess.run(
            ["bash", "-c", f"DEMO={demo} PORT=8123\n{line}"], capture_output=True, text=True, check=True
        )
        assert printed in found.stdout
        assert bool(found.stdout) is (demo == "true")
