"""Certificates of another CA in the inventory, and a world that publishes what a test puts there."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from revocation.authorities.looking import Unreachable
from revocation.messages import Message
from revocation.models import Certificate, CertificateBytes
from revocation.pki.facts import read_certificate
from revocation.services.authority import publication_check, reconciliation
from revocation.services.core.chains import keep_issuers
from tests.people import fresh
from tests.pki.by_hand import Ca


@dataclass
class World:
    """A web for tests. `served`: beginning of an address → body, or the error raised. Other addresses answer 404."""

    served: dict[str, bytes | Exception] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)

    def fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        found = next((body for address, body in self.served.items() if url.startswith(address)), None)
        if isinstance(found, bytes):
            return found
        raise found or Unreachable(Message("authority.answer_status", {"status": 404}))


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> World:
    """Return the world that the publication check and the comparison fetch from."""
    world = World()
    monkeypatch.setattr(publication_check, "fetch_publication", world.fetch)
    monkeypatch.setattr(reconciliation, "fetch_publication", world.fetch)
    return world


def adopt(certificate: Certificate, ca: Ca, serial: int, *extensions: bytes) -> Certificate:
    """Make the inventory's certificate one of this CA; return it, read again."""
    der = ca.certificate(serial, *extensions)
    keep_issuers([read_certificate(ca.der)])
    CertificateBytes.objects.filter(certificate=certificate).update(der=der)
    facts = read_certificate(der)
    Certificate.objects.filter(pk=certificate.pk).update(
        serial_number=facts.serial_hex, fingerprint=facts.fingerprint_sha256
    )
    adopted: Certificate = fresh(certificate)
    return adopted
