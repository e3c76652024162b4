"""The four routes from *My Certificates* to *revoked*, in a real browser, confirmed by openssl."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from demo.requests import stamped_letter
from tests.journeys.conftest import Person, Portal
from tests.journeys.deciding import CASE, open_form

pytestmark = pytest.mark.browser

LogIn = Callable[..., Person]
ALICE, RITA, CARL = "alice@aurora.example", "rita@certportal.example", "carl@certportal.example"
SCREENSHOTS = Path("build/screenshots")


def picture(person: Person, name: str) -> None:
    """Screenshots of the steps, desktop and phone, kept for people to look at."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for kind, width in (("desktop", 1280), ("phone", 390)):
        person.page.set_viewport_size({"width": width, "height": 900})
        person.page.screenshot(path=SCREENSHOTS / f"{name}-{kind}.png", full_page=True)
    person.page.set_viewport_size({"width": 1280, "height": 900})


def download(alice: Person, folder: Path) -> Path:
    """The certificate as PEM, through its page."""
    target = folder / "cert.pem"
    target.write_bytes(alice.context.request.get(alice.page.url + "download/").body())
    return target


def openssl_says(portal: Portal, authority: str, certificate: Path) -> str:
    """What `openssl verify -crl_check` says of the certificate with the authority's CRL of this instant."""
    for name in ("ca.pem", "crl.pem"):
        (certificate.parent / name).write_bytes(portal.get(f"/pki/{authority}/{name}"))
    files = ["-CAfile", "ca.pem", "-CRLfile", "crl.pem", certificate.name]
    # SM2 signatures of certificates name the signer by the standard identity (GM/T 0009).
    identity = ["-vfyopt", "distid:1234567812345678"] if authority == "local-sm2" else []
    command = ["openssl", "verify", "-crl_check", *identity, *files]
    result = subprocess.run(command, cwd=certificate.parent, capture_output=True, text=True, check=False)
    return result.stdout + result.stderr


def soon(say: Callable[[], str], wanted: str, seconds: int = 10) -> str:
    """What is said, once `wanted` is in it: the worker puts the CRL together some seconds after the revocation."""
    for _ in range(seconds * 4):
        if wanted in say():
            break
        time.sleep(0.25)
    return say()


def ocsp_says(portal: Portal, authority: str, certificate: Path) -> str:
    """What `openssl ocsp` hears from the responder."""
    url = f"{portal.url}/pki/{authority}/ocsp"
    command = ["openssl", "ocsp", "-issuer", "ca.pem", "-cert", certificate.name, "-CAfile", "ca.pem", "-url", url]
    result = subprocess.run(command, cwd=certificate.parent, capture_output=True, text=True, check=False)
    return result.stdout


def give_reason(alice: Person, code: int = 4) -> None:
    alice.page.goto(alice.page.url + "revoke/")
    alice.page.check(f"input[name=reason][value='{code}']")
    alice.page.fill("textarea[name=reason_text]", "Replaced by a new one.")
    alice.page.get_by_role("button", name="Next").click()


def submit(alice: Person) -> str:
    alice.page.get_by_role("button", name=re.compile("^Revoke ")).click()
    alice.wait_for_text("in review")
    return alice.page.url


def approve(rita: Person, request_url: str) -> None:
    number = request_url.rstrip("/").rsplit("/", 1)[1]
    rita.page.goto(CASE.format(number))
    picture(rita, "case")
    open_form(rita, CASE.format(number), "approve")
    picture(rita, "approve")
    rita.page.locator("form[action$='/decide/approve/'] button[value=queue]").click()


def upload_letter(alice: Person, folder: Path) -> None:
    letter = folder / "letter.jpg"
    letter.write_bytes(stamped_letter())
    template = alice.context.request.get(alice.page.url + "template.pdf")
    assert template.body().startswith(b"%PDF-")
    alice.page.set_input_files("input[type=file]", str(letter))
    picture(alice, "letter")
    alice.page.get_by_role("button", name="Upload the letter").click()
    alice.page.wait_for_url(re.compile(r"/requests/\d+/(letter/check/)?$"))
    if alice.page.url.endswith("check/"):  # F2: once only
        picture(alice, "letter-check")
        alice.page.get_by_role("button", name="Yes, keep this letter").click()


@pytest.mark.parametrize(
    ("name", "authority", "letter"),
    [
        ("f1.aurora.example", "local", False),
        ("sm2-dv.aurora.example", "local-sm2", False),
        ("f2.aurora.example", "local-sm2", True),
        ("f4.aurora.example", "local-rsa", True),
    ],
    ids=["F1", "F1-SM2", "F2-SM2", "F4"],
)
def test_reviewed_routes_end_revoked_and_openssl_sees_it(
    log_in: LogIn, portal: Portal, tmp_path: Path, name: str, authority: str, letter: bool
) -> None:
    alice, rita = log_in(ALICE), log_in(RITA)
    alice.open_certificate(name)
    picture(alice, "certificate")
    certificate, page = download(alice, tmp_path), alice.page.url
    assert "OK" in openssl_says(portal, authority, certificate)
    give_reason(alice)
    if letter:
        upload_letter(alice, tmp_path)
    picture(alice, "draft")
    request_url = submit(alice)
    picture(alice, "in-review")
    assert alice.context.request.get(page + "download/").status == 409  # M4
    approve(rita, request_url)
    alice.page.goto(page)
    alice.wait_for_text("revoked")
    picture(alice, "revoked")
    assert "certificate revoked" in soon(lambda: openssl_says(portal, authority, certificate), "certificate revoked")
    said = ocsp_says(portal, authority, certificate)
    assert "revoked" in said
    assert "superseded" in said


def test_F3_is_revoked_after_the_proof_without_a_reviewer(log_in: LogIn, portal: Portal, tmp_path: Path) -> None:
    alice = log_in(ALICE)
    alice.open_certificate("f3.aurora.example")
    certificate, page = download(alice, tmp_path), alice.page.url
    alice.page.goto(page + "revoke/")
    picture(alice, "f3-revoke")
    alice.page.get_by_role("button", name="Next").click()
    alice.page.get_by_role("button", name=re.compile("^Revoke ")).click()
    alice.wait_for_text("There is no TXT record")
    picture(alice, "ownership")
    ownership = alice.page.url
    alice.page.goto("/demo/")
    picture(alice, "demo")
    alice.page.locator("form", has_text="f3.aurora.example").get_by_role("button").click()
    alice.page.goto(ownership)
    alice.page.get_by_role("button", name="Check now").click()
    alice.page.goto(page)
    alice.wait_for_text("revoked")
    assert "certificate revoked" in soon(lambda: openssl_says(portal, "local", certificate), "certificate revoked")


def test_M6_staff_delete_the_revoked_and_the_tombstone_stays(log_in: LogIn, portal: Portal) -> None:
    carl = log_in(CARL)
    carl.page.goto("/admin/revocation/certificate/?q=revoked.aurora.example")
    picture(carl, "admin-certificates")
    carl.page.locator("#result_list tbody a").first.click()
    carl.page.get_by_role("link", name=re.compile("Delete")).first.click()
    picture(carl, "purge")
    for box in carl.page.locator("main form input[type=checkbox], #content form input[type=checkbox]").all():
        box.check()
    carl.page.locator("#content form button").last.click()
    carl.page.goto("/admin/revocation/certificate/?q=revoked.aurora.example")
    carl.page.locator("#result_list tbody a").first.click()
    text = carl.page.locator("#content").inner_text()
    assert "deleted" in text
    picture(carl, "tombstone")


def test_pages_of_the_desk_and_the_console_look_right(log_in: LogIn) -> None:
    alice, rita = log_in(ALICE), log_in(RITA)
    alice.page.goto("/certificates/")
    picture(alice, "list")
    alice.open_certificate("old.aurora.example")
    alice.page.goto(alice.page.url + "revoke/")
    assert "25 March 2020" in alice.page.locator("main").inner_text()
    picture(alice, "why-not")
    rita.page.goto("/admin/revocation/revocationrequest/")
    picture(rita, "queue")
