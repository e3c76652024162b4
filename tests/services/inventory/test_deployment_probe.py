"""Where a certificate is in use: the worker looks at a real TLS server that serves it, then a newer one."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from certportal.accounts.models import Customer
from revocation import worker
from revocation.authorities.local.models import LocalAuthority
from revocation.models import Actor, Certificate, Served, ServedCertificate
from revocation.outbound.failure import FetchFailed
from revocation.outbound.served import PresentedCertificate
from revocation.pki.export import as_pem
from revocation.pki.facts import Level
from revocation.services.core.transitions import ActorRefused
from revocation.services.inventory import deployment_probe
from revocation.services.inventory.certificates import IssuanceFacts, issue_certificate
from revocation.services.requests import filing
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import draft
from tests.servers.dns_server import DnsServer
from tests.servers.web_server import FORBIDDEN, PUBLIC, WebServer, self_signed_context, show
from tests.services.worker.test_pools import until

LOOK = next(duty for duty in worker.DUTIES if duty.name == "probe deployments")
SITE = "www.aurora.example"
KEY, NEW_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
MINUTE = timedelta(minutes=1)
Issue = Callable[..., Certificate]


@pytest.fixture
def issue(authority: LocalAuthority, alice: Actor) -> Issue:
    """Return a function that issues a certificate for SITE with a key, as of some days ago."""

    def make(key: ec.EllipticCurvePrivateKey = KEY, days_ago: int = 20) -> Certificate:
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, SITE)])
        request = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256())
        start = NOW - timedelta(days=days_ago)
        return issue_certificate(
            request.public_bytes(Encoding.PEM),
            authority=authority,
            customer=Customer.objects.get(slug="aurora"),
            order=IssuanceFacts(brand="wotrus", level=Level.DV),
            by=SYSTEM,
            at=NOW,
            names=(SITE,),
            not_before=start,
        )

    return make


@pytest.fixture
def context() -> ssl.SSLContext:
    return self_signed_context()


@pytest.fixture
def site(context: ssl.SSLContext, settings: Any) -> Iterator[WebServer]:
    """Run the customer's web server, and a DNS that leads SITE to it and `inside` to a forbidden address."""
    with DnsServer() as dns, WebServer(tls=context) as server:
        dns.answer(SITE, "A", PUBLIC)
        dns.answer("inside.aurora.example", "A", FORBIDDEN)
        settings.DNS_RESOLVERS = [f"127.0.0.1:{dns.port}"]
        settings.OUTBOUND_TEST_NETWORKS = [f"{PUBLIC}/32"]
        settings.OUTBOUND_TEST_PORTS = {443: server.port}
        yield server


def look_all(at: datetime = NOW) -> list[ServedCertificate]:
    for due in deployment_probe.due_looks(at=at):
        deployment_probe.look(due, at=at)
    return list(ServedCertificate.objects.all())


def serve(context: ssl.SSLContext, key: ec.EllipticCurvePrivateKey, certificate: Certificate) -> None:
    show(context, key, as_pem([bytes(certificate.bytes.der)]))


def test_M7_a_draft_has_its_names_looked_at_and_a_newer_certificate_is_noticed(
    issue: Issue, alice: Actor, site: WebServer, context: ssl.SSLContext
) -> None:
    subject = issue()
    serve(context, KEY, subject)
    case = draft(subject, alice)
    (look,) = look_all()
    assert (look.outcome, look.address, look.look_at) == (Served.THIS, PUBLIC, None)
    serve(context, NEW_KEY, issue(NEW_KEY, days_ago=1))
    assert deployment_probe.ask_again(case, by=alice, at=NOW + 11 * MINUTE)
    (look,) = look_all(NOW + 11 * MINUTE)
    assert (look.outcome, look.same_key) == (Served.NEWER, False)
    serve(context, KEY, issue(KEY, days_ago=1))
    deployment_probe.ask_again(case, by=alice, at=NOW + 22 * MINUTE)
    (look,) = look_all(NOW + 22 * MINUTE)
    assert (look.outcome, look.same_key) == (Served.NEWER, True)


def test_it_is_a_warning_and_no_lock(issue: Issue, alice: Actor, site: WebServer, context: ssl.SSLContext) -> None:
    subject = issue()
    serve(context, KEY, subject)
    case = draft(subject, alice)
    look_all()
    assert filing.submit(case.pk, by=alice, at=NOW).submitted_at == NOW


def test_O8_an_inside_name_is_never_connected_to_and_why_is_said(
    make_certificate: MakeCertificate, alice: Actor, site: WebServer
) -> None:
    draft(make_certificate(names=("inside.aurora.example", "gone.aurora.example")), alice)
    with WebServer(FORBIDDEN, site.port) as inside:
        looks = look_all()
    assert [look.outcome for look in looks] == [Served.NOTHING, Served.NOTHING]
    assert (looks[0].code, inside.connections) == ("address_not_public", 0)
    assert FORBIDDEN in looks[0].why


def test_asking_twice_is_one_look_and_a_look_is_made_once(issue: Issue, alice: Actor, site: WebServer) -> None:
    case = draft(issue(), alice)
    assert not deployment_probe.ask_again(case, by=alice, at=NOW + 9 * MINUTE)
    (due,) = deployment_probe.due_looks(at=NOW)
    deployment_probe.look(due, at=NOW)
    deployment_probe.look(due, at=NOW)
    assert site.connections == 1
    assert deployment_probe.due_looks(at=NOW + 60 * MINUTE) == []


def test_L3_a_stranger_asks_for_nothing(issue: Issue, alice: Actor, charlie: Actor) -> None:
    case = draft(issue(), alice)
    with pytest.raises(ActorRefused):
        deployment_probe.ask_again(case, by=charlie, at=NOW + 60 * MINUTE)


def test_a_worker_that_died_while_looking_loses_nothing(
    issue: Issue, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft(issue(), alice)
    (due,) = deployment_probe.due_looks(at=NOW)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(deployment_probe, "served_certificate", dies)
    with pytest.raises(KeyboardInterrupt):
        deployment_probe.look(due, at=NOW)
    assert deployment_probe.due_looks(at=NOW) == []
    assert deployment_probe.due_looks(at=NOW + deployment_probe.LEASE) == [due]


def test_at_most_twenty_names_and_organisations_take_turns(make_certificate: MakeCertificate, alice: Actor) -> None:
    many = make_certificate(names=tuple(f"n{number}.aurora.example" for number in range(25)))
    draft(many, alice)
    assert ServedCertificate.objects.count() == 20
    other = make_certificate("one.aurora.example")
    Certificate.objects.filter(pk=other.pk).update(customer=Customer.objects.create(slug="later", name="Later"))
    other.refresh_from_db()
    deployment_probe.ask(other, at=NOW)
    first_two = ServedCertificate.objects.filter(pk__in=deployment_probe.due_looks(at=NOW)[:2])
    assert {look.certificate_id for look in first_two} == {many.pk, other.pk}


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_threat_16_a_host_that_hangs_holds_up_no_other(
    make_certificate: MakeCertificate, alice: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    let_go, stop = threading.Event(), threading.Event()

    def served(host: str, _: object) -> PresentedCertificate:
        if host.startswith("hangs"):
            let_go.wait(30)
        raise FetchFailed("tls_failed", host=host)

    monkeypatch.setattr(deployment_probe, "served_certificate", served)
    names = tuple(f"hangs{number}.aurora.example" for number in range(6))
    draft(make_certificate(names=(*names, "quick.aurora.example")), alice)
    try:
        worker.run_once(LOOK, stop=stop)
        assert until(lambda: ServedCertificate.objects.filter(outcome=Served.NOTHING).count() == 1)
        assert ServedCertificate.objects.get(outcome=Served.NOTHING).name == "quick.aurora.example"
    finally:
        let_go.set()
    assert until(lambda: ServedCertificate.objects.filter(outcome=Served.NOTHING).count() == 7)
    stop.set()
    assert until(lambda: not [t for t in threading.enumerate() if t.name.startswith("pool ")])
