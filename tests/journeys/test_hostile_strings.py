"""Threat 9: strings made to do harm, in every field that anybody can fill, on every page, in the mails and receipts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Dialog, Page

from certportal.accounts.models import Customer, User
from revocation.authorities import registry
from revocation.authorities.interface import NeedsAttention
from revocation.models import Actor, Certificate, DeploymentTarget, Mail, Receipt, RevocationOrder, RevocationRequest
from revocation.ownership.outcome import Outcome
from revocation.ownership.sight import Role, Sight
from revocation.pki.facts import Level
from revocation.services.authority import dispatch
from revocation.services.inventory import certificates, deployments
from revocation.services.notifications import mail as mail_queue
from revocation.services.notifications import watchers, webhooks
from revocation.services.ownership import claims
from revocation.services.ownership import proofs as ownership_proofs
from revocation.services.review import decisions
from tests.conftest import MakeCertificate
from tests.journeys.steps.looking import OVERFLOW
from tests.people import LOOKED_AT, NOW, SYSTEM, submitted
from tests.reviews import desk
from tests.support.scripted import Scripted, tell_all

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = (
    '<script>alert(1)</script><img src=//evil.example/x onerror=alert(2)>"><svg onload=alert(3)>',
    "'-alert(4)-'\"onmouseover=alert(5) {{7919*7907}}${7919*7907}{%debug%}<%=7919*7907%>",
    "\u202egpj.tnemyap\u202c \u2067\u05e9\u05dc\u05d5\u05dd\u2069 zero\u200b\u200dwidth \U0001f469\u200d\U0001f467",
    "W" * 300,
    "=cmd|' /C calc'!A0\r\nBcc: x@evil.example",
    "</textarea></title></style><base href=//evil.example/><meta http-equiv=refresh content=0;url=//evil.example/>",
)
ALL = " ".join(HOSTILE)
HOSTILE_NAMES = ("<img src=x onerror=alert(6)>.example.com", "w" * 300, "{{7919*7907}}.example.com")
COMPUTED = "62615533"
"""The product. No digest has it by chance."""
QUEUE, ADMIN = "/admin/revocation/revocationrequest/", "/admin/revocation/"


def bearing(strings: tuple[str, ...], *names: str) -> bytes:
    """Return a self-signed certificate as PEM, with these strings wherever it has text."""
    key, kinds = (
        ec.generate_private_key(ec.SECP256R1()),
        (NameOID.ORGANIZATION_NAME, NameOID.LOCALITY_NAME, NameOID.TITLE, NameOID.SURNAME),
    )
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, names[0]),
            *(x509.NameAttribute(kind, text, _validate=False) for kind, text in zip(kinds, strings, strict=True)),
        ]
    )
    now = timezone.now()
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    dated = builder.not_valid_before(now - timedelta(1)).not_valid_after(now + timedelta(300))
    signed = dated.add_extension(
        x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
    ).sign(key, hashes.SHA256())
    return signed.public_bytes(Encoding.PEM)


class World:
    """Every kind of row, filled with hostile strings by the services. Certificates are as an import leaves them."""

    def __init__(self) -> None:
        self.at = timezone.now()
        owner = Customer.objects.create(slug="hostile", name=ALL[:200])
        self.alice = desk.person("alice", customer=owner)
        self.root = desk.person("root", is_staff=True, is_superuser=True)
        User.objects.filter(pk__in=[self.alice.pk, self.root.pk]).update(first_name=ALL[:150], last_name=ALL[150:300])
        self.owner = owner
        self.subjects = {name: self._certificate(name) for name in ("f1", "back", "no", "told", "deployed", "free")}
        self.cases = {name: desk.in_review(self.alice, self.subjects[name], words=ALL[:1900]) for name in
                      ("f1", "back", "no", "told")}  # fmt: skip
        self.cases["letter"] = desk.with_letter(self.alice, self._certificate("f4", "digicert"))
        self.cases["assisted"] = desk.in_review(self.alice, self._certificate("a1"), words=ALL[:900], assisted=True)
        self.cases["waiting"] = self._waiting()
        self._decided()
        self._own()

    def _certificate(
        self, name: str, brand: str = "wotrus", level: Level = Level.OV, more: tuple[str, ...] = HOSTILE_NAMES
    ) -> Certificate:
        """Import a real certificate with hostile strings in its subject, its issuer and its names."""
        data = bearing(HOSTILE[:4], f"{name}.example.com", *more)
        order = certificates.IssuanceFacts(brand=brand, level=level)
        (result,) = certificates.import_bundle(data, customer=self.owner, order=order, by=SYSTEM, at=self.at)
        assert result.certificate, result
        return result.certificate

    def _waiting(self) -> RevocationRequest:
        """Make a request that waits for its proof, with hostile strings as answers of the customer's DNS."""
        case = desk.in_review(self.alice, self._certificate("f3", "geotrust", Level.DV, more=()))
        proofs = claims.claim([due.proof_id for due in claims.due_names(at=self.at)], at=self.at)
        sights = (Sight(Role.SERVER, ALL, "found", HOSTILE, 77), Sight(Role.PRIMARY, ALL, "refused", note=ALL))
        for proof in proofs:
            params = {"name": proof.name, "kind": "TXT"}
            seen = Outcome(False, "record_differs", case.challenge_value, ALL, HOSTILE, params, sights=sights)
            ownership_proofs.record_outcomes([(proof, seen, self.at)], by=SYSTEM, at=self.at)
        return case

    def _decided(self) -> None:
        rita, at = desk.actor(self.root), self.at
        decisions.note(self.cases["f1"].pk, by=rita, at=at, why=ALL[:1900])
        decisions.hand_back(self.cases["back"].pk, by=rita, at=at, why=ALL[:1900])
        decisions.reject(self.cases["no"].pk, by=rita, at=at, why=ALL[:1900])
        decisions.approve(self.cases["told"].pk, by=rita, at=at, why=ALL[:1900], checked=LOOKED_AT)
        for order in RevocationOrder.objects.all():
            dispatch.tell(order.pk, by=SYSTEM, at=at)

    def _own(self) -> None:
        alice, at = desk.actor(self.alice), self.at
        target = DeploymentTarget.objects.create(customer=self.owner, name=ALL[:100], folder="lb")
        deployments.deploy(self.subjects["deployed"].pk, target.pk, by=alice, at=at)
        watchers.watch(self.subjects["f1"].pk, "x@evil.example", by=alice, at=at, language="en")
        webhooks.add(self.owner.pk, "https://evil.example/?q=%22onload=alert(9)&'=" + "W" * 300, by=alice, at=at)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    """A `World` whose authority answers with hostile strings too."""
    script = Scripted([NeedsAttention(ALL)])
    monkeypatch.setattr(registry, "authority", lambda slug: script)
    return World()


class Watched:
    """A browser that keeps every alarm: dialogs, broken policies, script errors, requests to other hosts."""

    def __init__(self, browser: Browser, url: str, person: User) -> None:
        client = Client()
        client.force_login(person)
        self.context = browser.new_context(base_url=url, viewport={"width": 390, "height": 844})
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}
        self.context.add_cookies([cookie])  # type: ignore[list-item]
        self.page: Page = self.context.new_page()
        self.alarms: list[str] = []
        self.page.on("dialog", self._asked)
        self.page.on("pageerror", lambda error: self.alarms.append(f"script error {error}"))
        self.page.on("console", self._heard)
        self.page.on(
            "request", lambda sent: None if sent.url.startswith((url, "data:")) else self.alarms.append(sent.url)
        )

    def _asked(self, dialog: Dialog) -> None:
        self.alarms.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _heard(self, line: Any) -> None:
        if line.type == "error" and "Failed to load resource" not in line.text:  # refusals are pages with status 409
            self.alarms.append(line.text)

    def open(self, address: str) -> None:
        answer = self.page.goto(address)
        assert answer, address
        assert answer.status in (200, 409, 422), f"{address}: {answer.status}"
        for width in (390, 1280):
            self.page.set_viewport_size({"width": width, "height": 844})
            wide = self.page.evaluate(OVERFLOW)
            assert wide <= 0, f"{address} is {wide} pixels too wide at {width}"
        assert COMPUTED not in self.page.inner_text("body"), f"{address} computes what was typed"
        assert self.alarms == [], address


@pytest.fixture
def watched(browser: Browser, live_server: Any) -> Iterator[Any]:
    opened: list[Watched] = []

    def make(person: User) -> Watched:
        opened.append(Watched(browser, live_server.url, person))
        return opened[-1]

    yield make
    for each in opened:
        each.context.close()


def test_no_page_of_customers_obeys_them(world: World, watched: Any) -> None:
    alice = watched(world.alice)
    addresses = ["/certificates/", "/requests/", "/delegations/", "/webhooks/", "/preferences/"]
    addresses += [f"/certificates/?q={part}" for part in ("%3Cscript%3Ealert(1)%3C/script%3E", "%E2%80%AE%22onfocus=x")]
    addresses += [f"/webhooks/{hook.pk}/" for hook in world.owner.webhooks.all()]
    for subject in world.subjects.values():
        addresses += [reverse(name, args=[subject.pk]) for name in ("certificate", "revoke", "delete", "compromised")]
    addresses.append(reverse("assisted", args=[world.subjects["free"].pk]))
    for case in world.cases.values():
        addresses.append(reverse("request", args=[case.pk]))
    addresses += [reverse(name, args=[world.cases["waiting"].pk]) for name in ("ownership", "assistance")]
    addresses += [reverse("letter", args=[world.cases["letter"].pk]), reverse("reason", args=[world.cases["back"].pk])]
    addresses.append(reverse("evidence", args=[world.cases["assisted"].pk]))
    addresses.append("/certificates/together/?" + "&".join(f"id={c.pk}" for c in world.subjects.values()))
    for address in addresses:
        alice.open(address)


def test_what_customers_type_is_shown_again_and_not_obeyed(world: World, watched: Any) -> None:
    """The forms themselves are used. Something is missing at first, so that the page shows what was typed."""
    alice = watched(world.alice)
    alice.open(reverse("revoke", args=[world.subjects["free"].pk]))
    alice.page.fill("textarea[name=reason_text]", ALL[:1900])
    alice.page.locator("main form.card button").first.click()
    assert alice.page.locator("textarea[name=reason_text]").input_value().startswith("<script>")
    alice.page.check("input[name=reason][value='4']")
    alice.page.locator("main form.card button").first.click()
    alice.page.wait_for_url(re.compile(r"/requests/\d+/$"))
    alice.open(alice.page.url)
    alice.open("/delegations/")
    alice.page.fill("input[name=domain]", HOSTILE[0])
    alice.page.locator("main form.card button").last.click()
    alice.open("/certificates/")
    alice.page.fill("input[name=q]", HOSTILE[0])
    alice.page.wait_for_timeout(700)
    assert alice.alarms == []


def test_no_page_of_the_desk_obeys_them(world: World, watched: Any) -> None:
    root = watched(world.root)
    addresses = ["/admin/", QUEUE, QUEUE + "?q=%3Cscript%3Ealert(1)%3C/script%3E", QUEUE + "figures/"]
    addresses += [f"{QUEUE}{case.pk}/change/" for case in world.cases.values()]
    addresses += [f"{QUEUE}{world.cases['f1'].pk}/decide/{verb}/" for verb in ("approve", "reject", "hand_back")]
    subject = world.subjects["told"].pk
    addresses += [f"{ADMIN}certificate/{subject}/{page}/" for page in ("change", "record")]
    addresses += [f"{ADMIN}{model}/" for model in ("certificate", "event", "mail", "revocationorder")]
    addresses += [f"{ADMIN}revocationorder/{RevocationOrder.objects.get(request=world.cases['told']).pk}/change/"]
    addresses += ["/admin/accounts/customer/", f"/admin/accounts/customer/{world.owner.pk}/change/"]
    addresses += ["/admin/accounts/user/", f"/admin/accounts/user/{world.alice.pk}/change/"]
    for address in addresses:
        root.open(address)


def test_mails_and_records_carry_them_as_text_alone(world: World, watched: Any) -> None:
    """A header has one line. The HTML of a mail is opened in a browser, without the portal's policy around it."""
    alice, root = watched(world.alice), Client()
    root.force_login(world.root)
    for mail in Mail.objects.all():
        message = mail_queue.compose(mail)
        assert not re.search(r"[\r\n]", message.subject + "".join(message.to))
        alice.page.goto("about:blank")
        alice.page.set_content(str(message.alternatives[0][0]))
        assert COMPUTED not in alice.page.inner_text("body")
        assert alice.alarms == [], mail
    record = root.get(f"{ADMIN}certificate/{world.subjects['told'].pk}/record.json")
    assert json.loads(record.content)
    figures = root.get(QUEUE + "figures.csv").content.decode()
    assert not re.search(r"^[=+@\-]", figures, re.MULTILINE)


def test_a_receipt_carries_them_as_text_alone(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, client: Client
) -> None:
    case = submitted(make_certificate(), alice, words=ALL[:1900])
    decisions.approve(case.pk, by=rita, at=NOW, why=ALL[:1900], checked=LOOKED_AT)
    for hours in (0, 1, 2):
        tell_all(NOW + timedelta(hours=hours))
    client.force_login(alice.user)
    address = f"/receipts/{Receipt.objects.get(revocation__request=case).pk}/receipt"
    pdf = client.get(address + ".pdf")
    assert pdf.content.startswith(b"%PDF-")
    assert not re.search(rb"/JavaScript|/JS\b|/OpenAction|/URI", pdf.content)
    assert json.loads(client.get(address + ".json").content)
