"""The reviewers' desk at growing sizes: queue, case, figures, the next case; as ratios to the smallest.

On SQLite up to 100 000 waiting requests; on PostgreSQL (`python -m tests.postgresql python -m bench desk`) a million.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection
from django.db.models import Max, Model
from django.test import Client
from django.utils import timezone

from bench.figures import Figure, customer, fill, timed
from certportal.accounts.models import User
from revocation.models import Actor, Certificate, RevocationRequest
from revocation.services import filing, taking

SIZES = {"sqlite": (1_000, 10_000, 100_000), "postgresql": (1_000, 100_000, 1_000_000)}
QUEUE = "/admin/revocation/revocationrequest/"


def desk() -> Iterator[Figure]:
    owner, user = customer("desk")
    fill(owner, 1)
    certificate = Certificate.objects.filter(customer=owner).latest("pk")
    Certificate.objects.filter(pk=certificate.pk).update(brand="wotrus", not_after=timezone.now() + timedelta(days=99))
    by, now = Actor.person(user, "bench"), timezone.now()
    request = filing.begin(certificate.pk, by=by, at=now, reason=4, reason_text="Replaced.")
    filing.submit(request.pk, by=by, at=now)
    rita = User.objects.create_superuser("rita@bench.example", "pw")
    staff = Actor.person(rita, "bench")
    client = Client(headers={"host": "localhost"})
    client.force_login(rita)
    pages = {
        "queue": QUEUE,
        "overdue_F1": QUEUE + "?which=overdue&route__exact=F1",
        "mine": QUEUE + "?which=mine",
        "case": f"{QUEUE}{request.pk}/change/",
        "figures": QUEUE + "figures/",
    }
    smallest: dict[str, float] = {}
    grown = 0
    for size in SIZES[connection.vendor]:
        grow(certificate, request, size - grown)
        grown = size
        spans = {name: timed(lambda a=address: shown(client, a), 5) for name, address in pages.items()}
        spans["next"] = timed(lambda: list(taking.open_to(staff, timezone.now())[:20]), 5)
        for name, span in spans.items():
            if name not in smallest:
                yield f"{name}_at_{size}", span * 1000, "ms"
                smallest[name] = span
            else:
                yield f"{name}_at_{size}_over_smallest", span / smallest[name], "ratio"


def shown(client: Client, address: str) -> None:
    answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address} answers with status {answer.status_code}.")


def grow(certificate: Certificate, request: RevocationRequest, number: int) -> None:
    """Copies of both rows by one statement each; deadlines a second apart, half of them past."""
    first = (RevocationRequest.objects.aggregate(last=Max("pk"))["last"] or 0) + 1_000_000
    copies(certificate, number, first, {"fingerprint": text("n"), "serial_number": text("n"), "common_name": text("n")})
    due = {
        "sqlite": "datetime('now', (n % 86400 - 43200) || ' seconds')",
        "postgresql": "now() + (n % 86400 - 43200) * interval '1 second'",
    }
    copies(request, number, first, {"certificate_id": f"n + {first}", "due_at": due[connection.vendor]})
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def text(number: str) -> str:
    return f"CAST({number} + {{first}} AS TEXT)"


def copies(row: Model, number: int, first: int, changed: dict[str, str]) -> None:
    table, columns = row._meta.db_table, [field.column for field in row._meta.concrete_fields]
    changed = {"id": f"n + {first}"} | {key: value.replace("{first}", str(first)) for key, value in changed.items()}
    values = ", ".join(changed.get(column, f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    series = f"WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {number})"  # noqa: S608
    statement = f"INSERT INTO {table} ({names}) {series} SELECT {values} FROM {table} t, s WHERE t.id = {row.pk}"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement)
