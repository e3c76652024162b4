"""One protocol for all queues: one worker claims a row, the claim ends by itself, and an index finds the row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from revocation.models import (
    Actor,
    Delivery,
    Mail,
    NameProof,
    Publication,
    RevocationOrder,
    ServedCertificate,
    StatusPoint,
    Webhook,
)
from revocation.models.due import Queue
from revocation.services.authority import dispatch, publication_check, receipts, reconciliation
from revocation.services.inventory import deployment_probe, deployments
from revocation.services.notifications import mail, webhook_delivery
from revocation.services.ownership import claims, delegations, dns_records
from revocation.services.review import decisions
from tests.conftest import MakeCertificate, person
from tests.people import LOOKED_AT, NOW, SECOND, deploy, submitted
from tests.services.core.test_concurrency import at_once

pytestmark = pytest.mark.database

LEASE = timedelta(minutes=1)
WORKERS = 6


class Stories:
    """Functions that make a row due at NOW, one for each queue."""

    def __init__(self, make_certificate: MakeCertificate, alice: Actor) -> None:
        self._make, self._alice = make_certificate, alice

    def order(self) -> RevocationOrder:
        case = submitted(self._make(), self._alice)
        decisions.approve(case.pk, by=person("rita", group="reviewers"), at=NOW, checked=LOOKED_AT)
        RevocationOrder.objects.update(next_look_at=NOW, receipt_due_at=NOW)
        return RevocationOrder.objects.get()

    def name(self) -> NameProof:
        return submitted(self._make(brand="geotrust"), self._alice).name_proofs.get()

    def record(self) -> Publication:
        case = submitted(self._make(brand="geotrust"), self._alice)
        wanted = {"provider": "test", "name": "_dnsauth.aurora.example", "kind": "TXT", "value": "x"}
        return Publication.objects.create(request=case, next_attempt_at=NOW, **wanted)

    def delegation(self) -> Model:
        owner = self._make().customer_id
        return delegations.add(owner, "www.aurora.example", "file_proxy", by=self._alice, at=NOW)

    def place(self) -> StatusPoint:
        return StatusPoint.objects.create(key="k", kind="crl", url="http://crl.example/", next_round_at=NOW)

    def mail(self) -> Mail:
        submitted(self._make(), self._alice)
        Mail.objects.update(next_attempt_at=NOW)
        return Mail.objects.earliest("pk")

    def delivery(self) -> Delivery:
        owner = self._make().customer_id
        hook = Webhook.objects.create(customer_id=owner, url="https://a.example/", added_by=self._alice.user)
        return Delivery.objects.create(webhook=hook, next_attempt_at=NOW)

    def served(self) -> ServedCertificate:
        deployment_probe.ask(self._make(), at=NOW)
        return ServedCertificate.objects.get()

    def deployment(self) -> Model:
        certificate = self._make()
        deploy(certificate, self._alice)
        return certificate.deployments.get()


STORY: dict[str, Callable[[Stories], Model]] = {
    "RevocationOrder.to_dispatch": Stories.order,
    "RevocationOrder.to_check": Stories.order,
    "RevocationOrder.to_receipt": Stories.order,
    "NameProof.to_check": Stories.name,
    "Publication.to_carry_out": Stories.record,
    "Delegation.to_check": Stories.delegation,
    "StatusPoint.to_compare": Stories.place,
    "Mail.to_send": Stories.mail,
    "Delivery.to_send": Stories.delivery,
    "ServedCertificate.to_look_at": Stories.served,
    "Deployment.to_carry_out": Stories.deployment,
}
QUEUES: dict[str, Queue[Any]] = {
    f"{model.__name__}.{manager.name}": getattr(model, manager.name)
    for model in apps.get_models()
    for manager in model._meta.managers
    if isinstance(manager, Queue)
}
CLAIMED = [name for name in STORY if name != "RevocationOrder.to_receipt"]
"""All queues but receipts, which nobody claims: of several workers that make one, the first one's is kept."""


def test_every_queue_is_tested() -> None:
    assert set(STORY) == set(QUEUES)


@pytest.fixture
def row(request: pytest.FixtureRequest, make_certificate: MakeCertificate, alice: Actor) -> Model:
    return STORY[request.getfixturevalue("queue")](Stories(make_certificate, alice))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("queue", CLAIMED)
def test_of_many_workers_one_gets_the_row(queue: str, row: Model) -> None:
    due = QUEUES[queue]

    def singly() -> bool:
        return due.claim_one(row.pk, at=NOW, lease=LEASE)

    def together() -> bool:
        return due.claim([row.pk], at=NOW, lease=LEASE) == [row.pk]

    won = at_once(*[singly, together] * (WORKERS // 2))
    assert sorted(won) == [False] * (WORKERS - 1) + [True]


@pytest.mark.django_db
@pytest.mark.parametrize("queue", CLAIMED)
def test_a_claim_ends_by_itself_and_another_worker_takes_over(queue: str, row: Model) -> None:
    due = QUEUES[queue]
    before = counted(due, row)
    assert row in due.due(NOW)
    assert row not in due.due(NOW - SECOND)
    assert due.claim_one(row.pk, at=NOW, lease=LEASE)
    assert row not in due.due(NOW + LEASE - SECOND)
    assert not due.claim_one(row.pk, at=NOW + LEASE - SECOND, lease=LEASE)
    assert due.claim([row.pk], at=NOW + LEASE - SECOND, lease=LEASE) == []
    assert row in due.due(NOW + LEASE)
    assert due.claim([row.pk], at=NOW + LEASE, lease=LEASE) == [row.pk]
    assert counted(due, row) == before + 2 * bool(due._counts)


@pytest.mark.django_db
@pytest.mark.parametrize("queue", CLAIMED)
def test_what_is_given_back_is_due_as_before_unless_others_have_it(queue: str, row: Model) -> None:
    due = QUEUES[queue]
    before = type(row)._default_manager.values().get(pk=row.pk)
    due.claim([row.pk], at=NOW, lease=LEASE)
    due.release([row.pk], at=NOW, lease=LEASE)
    assert row in due.due(NOW)
    after = type(row)._default_manager.values().get(pk=row.pk)
    assert after == before | {due._lease or due._due: after[due._lease or due._due]}
    due.claim([row.pk], at=NOW, lease=LEASE)
    due.claim([row.pk], at=NOW + LEASE, lease=LEASE)  # the first worker was slow, another took over
    due.release([row.pk], at=NOW, lease=LEASE)
    assert row not in due.due(NOW + LEASE)


def counted(due: Queue[Any], row: Model) -> int:
    found: int = getattr(type(row)._default_manager.get(pk=row.pk), due._counts) if due._counts else 0
    return found


# -- finding what is due ----------------------------------------------------------------------------------------------


def looks_that_are_due(*, at: datetime) -> list[int]:
    """Return `deployment_probe.due_looks`; on PostgreSQL without turns: with few rows their join decides the plan."""
    if connection.vendor == "sqlite":
        return deployment_probe.due_looks(at=at)
    return list(ServedCertificate.to_look_at.due(at).values_list("pk", flat=True))


FINDS: dict[str, tuple[Callable[..., object], str]] = {
    "RevocationOrder.to_dispatch": (dispatch.due_orders, "revocation_due"),
    "RevocationOrder.to_check": (publication_check.due_looks, "revocation_look_due"),
    "RevocationOrder.to_receipt": (receipts.due_receipts, "revocation_receipt_due"),
    "NameProof.to_check": (claims.due_names, "name_proof_due"),
    "Publication.to_carry_out": (dns_records.due_publications, "publication_due"),
    "Delegation.to_check": (delegations.due_delegations, "delegation_due"),
    "StatusPoint.to_compare": (reconciliation.due_points, "status_point_due"),
    "Mail.to_send": (mail.due_mails, "mail_due"),
    "Delivery.to_send": (webhook_delivery.due_by_customer, "delivery_due_of_webhook"),
    "ServedCertificate.to_look_at": (looks_that_are_due, "livelook_look_at_"),
    "Deployment.to_carry_out": (deployments.due_deployments, "deployment_due"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("queue", list(FINDS))
def test_what_is_due_is_found_by_its_index(queue: str, row: Model) -> None:
    find, index = FINDS[queue]
    with CaptureQueriesContext(connection) as asked:
        assert find(at=NOW)
    (sql,) = (query["sql"] for query in asked if query["sql"].startswith("SELECT"))
    assert index in "\n".join(plans(sql))


def plans(sql: str) -> Iterator[str]:
    """Yield the plan of a query; on PostgreSQL also the one in which an index may only find rows, not list them all.

    With a handful of rows PostgreSQL may else prefer to read the table, or all of its primary key.
    """
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            yield str(cursor.fetchall())
            return
        for unwanted in ("seqscan", "indexscan"):
            cursor.execute(f"SET LOCAL enable_{unwanted} = off")
            cursor.execute(f"EXPLAIN {sql}")
            yield str(cursor.fetchall())


# -- nobody else claims -----------------------------------------------------------------------------------------------

ROOT = Path(__file__).resolve().parents[3] / "revocation"
HAND_WRITTEN = {
    "a pause": (r"\[\s*min\(", "services/core/backoff.py"),
    "a claim": (r"skip_locked|lease_until__lte", "models/due.py"),
    "a look for what is due": (
        r"(next_attempt_at|next_look_at|look_at|next_round_at|next_check_at|receipt_due_at)__lte?\b",
        "models/due.py",
    ),
}


@pytest.mark.parametrize("what", list(HAND_WRITTEN))
def test_pauses_and_claims_are_written_in_one_place(what: str) -> None:
    pattern, place = HAND_WRITTEN[what]
    files = (file for file in ROOT.rglob("*.py") if "migrations" not in file.parts)
    found = {str(file.relative_to(ROOT)) for file in files if re.search(pattern, file.read_text())}
    assert found <= {place}
