"""The pages of both desks at growing sizes, each as a ratio to the smallest.

They are the customer's list and search, and the reviewers' queue, case, reports and next case. Every certificate
belongs to one customer, and every one has a request that waits: the worst case for both. On SQLite up to 100 000 of
each; on PostgreSQL (`python -m tests.postgresql python -m bench growing`) a million.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.figures.table import Figure
from bench.filling import copies, next_id, settle
from bench.measuring import median_wait
from bench.seeding import client, customer, fill
from certportal.accounts.models import User
from revocation.models import Actor, Certificate, CertificateName, RevocationRequest
from revocation.services.requests import filing
from revocation.services.review import assignment
from revocation.web.guards.paging import written

SIZES = {"sqlite": (1_000, 10_000, 100_000), "postgresql": (1_000, 100_000, 1_000_000)}
QUEUE = "/admin/revocation/revocationrequest/"
LIST = "/certificates/"
TIMES = 5
Spans = dict[str, float]


def begun() -> tuple[User, User, Certificate, RevocationRequest]:
    """Return a customer's person, a reviewer, and the certificate and request that are copied."""
    owner, user = customer("growing")
    fill(owner, 1)
    certificate = Certificate.objects.filter(customer=owner).latest("pk")
    Certificate.objects.filter(pk=certificate.pk).update(brand="wotrus", not_after=timezone.now() + timedelta(days=99))
    certificate.refresh_from_db()
    by, now = Actor.person(user, "bench"), timezone.now()
    request = filing.begin(certificate.pk, by=by, at=now, reason=4, reason_text="Replaced.")
    filing.submit(request.pk, by=by, at=now)
    request.refresh_from_db()
    return user, User.objects.create_superuser("rita@bench.example", "pw"), certificate, request


def growing() -> Iterator[Figure]:
    user, rita, certificate, request = begun()
    smallest: Spans = {}
    grown = 0
    for size in SIZES[connection.vendor]:
        start = time.perf_counter()
        grow(certificate, request, size - grown)
        grown = size
        yield Figure(f"filled_to_{size}", time.perf_counter() - start, "s")
        spans = {**of_customer(user, size), **of_reviewer(rita, request.pk, size)}
        for name, span in spans.items():
            if name not in smallest:
                smallest[name] = span
                yield Figure(f"{name}_at_{size}", span * 1000, "ms")
            else:
                yield Figure(f"{name}_at_{size}_over_smallest", span / smallest[name], "times")


def of_customer(user: User, size: int) -> Spans:
    browser = client(user)
    middle = Certificate.objects.order_by("not_after", "id").values_list("not_after", "id")[size // 2]
    addresses = {
        "list": LIST,
        "list_deep": f"{LIST}?after={written(middle)}".replace("+", "%2B"),
        "list_revoking": f"{LIST}?state=revoking",
        "search_rare": f"{LIST}?q=n{middle[1]}.",
        "search_common": f"{LIST}?q=example",
        "search_missing": f"{LIST}?q=nowhere",
        "requests": "/requests/",
        "certificate": f"{LIST}{middle[1]}/",
    }
    return {name: _span(browser, address) for name, address in addresses.items()}


def of_reviewer(rita: User, case: int, size: int) -> Spans:
    browser, staff = client(rita), Actor.person(rita, "bench")
    middle = RevocationRequest.objects.order_by("due_at", "id").values_list("due_at", "id")[size // 2]
    addresses = {
        "queue": QUEUE,
        "queue_deep": f"{QUEUE}?after={written(middle)}".replace("+", "%2B"),
        "queue_overdue_F1": QUEUE + "?which=overdue&route__exact=F1",
        "queue_mine": QUEUE + "?which=mine",
        "queue_free": QUEUE + "?which=free",
        "queue_search_number": f"{QUEUE}?q=R-{middle[1]}",
        "queue_search_name": f"{QUEUE}?q=n{middle[1]}.",
        "case": f"{QUEUE}{case}/change/",
        "figures": QUEUE + "figures/",
        "desk_certificates": "/admin/revocation/certificate/",
    }
    spans = {name: _span(browser, address) for name, address in addresses.items()}
    return spans | {"next_case": median_wait(lambda: list(assignment.open_to(staff, timezone.now())[:20]), TIMES)}


def _span(client: Client, address: str) -> float:
    return median_wait(_shown(client, address), TIMES)


def _shown(client: Client, address: str) -> Callable[[], None]:
    """Return a request of the page. It raises on an error page, which would be quick and give a wrong figure."""

    def show() -> None:
        answer = client.get(address)
        if answer.status_code != 200:
            raise RuntimeError(f"{address} answers with status {answer.status_code}.")

    return show


def _spell(first: int) -> None:
    """Add the names of the copies, by which staff find them."""
    names, certificates = CertificateName._meta.db_table, Certificate._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {names} (certificate_id, name) "  # noqa: S608 - tables' names
            f"SELECT id, common_name FROM {certificates} WHERE id >= %s",
            [first],
        )


def grow(certificate: Certificate, request: RevocationRequest, number: int) -> None:
    """Add copies of both rows: every second request overdue, over four routes."""
    first = max(next_id(Certificate), next_id(RevocationRequest))
    key = f"CAST(n + {first} AS TEXT)"
    name = f"'n' || {key} || '.growing.example'"
    names = f"'[\"n' || {key} || '.growing.example\"]'"
    seconds = {
        "sqlite": "datetime('{0}', ({1}) || ' seconds')",
        "postgresql": "'{0}'::timestamptz + ({1}) * interval '1 second'",
    }
    after = seconds[connection.vendor]
    now = timezone.now().strftime("%Y-%m-%d %H:%M:%S") + ("+00" if connection.vendor == "postgresql" else "")
    facts = {
        "fingerprint": key,
        "serial_number": key,
        "common_name": name,
        "search_text": name,
        "names": f"({names})::jsonb" if connection.vendor == "postgresql" else names,
        "not_after": after.format(now, "86400 + n * 20"),
    }
    copies(certificate, number, first, facts)
    _spell(first)
    routes = "CASE n % 4 WHEN 0 THEN 'F1' WHEN 1 THEN 'F2' WHEN 2 THEN 'F4' ELSE 'A1' END"
    due = after.format(now, "n % 86400 - 43200")
    copies(request, number, first, {"certificate_id": f"n + {first}", "due_at": due, "route": routes})
    settle()
