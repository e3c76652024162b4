"""Every state of a certificate × every verb × every actor: what is written here is allowed, all else is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from revocation.models import (
    Actor,
    Certificate,
    CertificateState,
    DeploymentTarget,
)
from revocation.services.core.errors import NotOwner
from revocation.services.inventory import deletion, deployments
from revocation.services.inventory.deletion import DeletionRefused, StaffOnly
from revocation.services.inventory.deployments import DeployRefused
from revocation.services.requests import filing
from revocation.services.requests.filing import RequestRefused
from tests.conftest import NOW
from tests.people import draft, fresh, upload_foreign
from tests.support.stories import Stories
from tests.support.trying import rows, who_may

pytestmark = pytest.mark.slow

MEMBERS = {"alice", "bob", "twin"}
STAFF = {"carl", "root"}
CERTIFICATES: dict[str, dict[str, set[str]]] = {
    "issued": {"begin": MEMBERS, "deploy": MEMBERS},
    "issued, expired": {"hide": MEMBERS, "purge": STAFF},
    "issued, uploaded": {"deploy": MEMBERS, "hide": MEMBERS, "purge": STAFF},
    "issued, draft open": {"begin": MEMBERS, "deploy": MEMBERS},
    "revoking": {},
    "revoked": {"hide": MEMBERS, "purge": STAFF},
    "deleted": {},
}
Verb = Callable[[Certificate, Actor, int], object]
CERTIFICATE_VERBS: dict[str, Verb] = {
    "begin": lambda subject, by, target: filing.begin(subject.pk, by=by, at=NOW, reason=4, reason_text="x"),
    "deploy": lambda subject, by, target: deployments.deploy(subject.pk, target, by=by, at=NOW),
    "hide": lambda subject, by, target: deletion.hide(subject.pk, by=by, at=NOW),
    "purge": lambda subject, by, target: deletion.purge(subject.pk, by=by, at=NOW),
}
CERTIFICATE_REFUSALS = (NotOwner, RequestRefused, DeployRefused, DeletionRefused, StaffOnly)


def purged(stories: Stories) -> Certificate:
    subject = stories.revoked().certificate
    deletion.purge(subject.pk, by=stories.people["carl"], at=NOW)
    return subject


CERTIFICATE_SITUATIONS: dict[str, Callable[[Stories], Certificate]] = {
    "issued": lambda s: s.make(),
    "issued, expired": lambda s: s.make(left=timedelta(seconds=-1)),
    "issued, uploaded": lambda s: upload_foreign(s.alice),
    "issued, draft open": lambda s: draft(s.make(), s.alice).certificate,
    "revoking": lambda s: s.f1().certificate,
    "revoked": lambda s: s.revoked().certificate,
    "deleted": purged,
}


def test_the_tables_of_certificates_are_complete() -> None:
    assert set(CERTIFICATES) == set(CERTIFICATE_SITUATIONS)
    assert {name.partition(",")[0] for name in CERTIFICATES} == set(CertificateState.values)
    assert {verb for cells in CERTIFICATES.values() for verb in cells} == set(CERTIFICATE_VERBS)


@pytest.mark.parametrize("situation", list(CERTIFICATES))
def test_verbs_of_certificates(situation: str, stories: Stories, people: dict[str, Actor]) -> None:
    subject = fresh(CERTIFICATE_SITUATIONS[situation](stories))
    assert subject.state == situation.partition(",")[0]
    target = DeploymentTarget.objects.create(customer=subject.customer, name="web", folder="web").pk
    before = rows()
    for name, verb in CERTIFICATE_VERBS.items():

        def act(by: Actor, verb: Verb = verb) -> object:
            return verb(subject, by, target)

        assert who_may(act, people, CERTIFICATE_REFUSALS) == CERTIFICATES[situation].get(name, set()), name
        assert rows() == before, name
