"""The benchmarks, by name. Each measures what a growing installation would feel."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from statistics import median

from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench.letters import letters
from bench.memory import memory
from bench.published import crls, ocsp
from bench.sweep import sweeps
from certportal.accounts.models import Customer, Membership, User
from demo.certificates import csr
from revocation import policy
from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.models import LocalAuthority
from revocation.models import Actor, Brand, Certificate, eligibility_facts
from revocation.pki.export import as_pem
from revocation.pki.facts import Level
from revocation.services.core.chains import full_chain
from revocation.services.inventory.certificates import IssuanceFacts, import_bundle, issue_certificate
from revocation.web.guards.paging import PAGE

Figure = tuple[str, float, str]
SYSTEM = Actor.system("bench")
NOW = datetime.now(UTC)
BATCH = 2000
"""Rows."""


def timed(act: Callable[[], object], times: int = 7) -> float:
    """Seconds, the median of some runs after one that warms up."""
    act()
    spans = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        spans.append(time.perf_counter() - start)
    return median(spans)


def customer(slug: str) -> tuple[Customer, User]:
    owner, _ = Customer.objects.get_or_create(slug=slug, defaults={"name": slug})
    user, made = User.objects.get_or_create(email=f"{slug}@bench.example")
    if made:
        Membership.objects.create(user=user, customer=owner)
    return owner, user


def authority() -> LocalAuthority:
    found = LocalAuthority.objects.filter(slug="bench").first()
    return found or create_authority("bench", "Bench CA", "ecdsa", at=NOW, not_before=NOW - timedelta(days=9))


def fill(owner: Customer, number: int) -> None:
    """Add this many certificates to the customer's list, expiring one after another."""
    brand = Brand.objects.get(slug="other")
    for start in range(0, number, BATCH):
        Certificate.objects.bulk_create(
            Certificate(
                customer=owner,
                brand=brand,
                common_name=f"n{n}.{owner.slug}.example",
                names=[f"n{n}.{owner.slug}.example"],
                search_text=f"n{n}.{owner.slug}.example",
                serial_number=f"{n:X}",
                fingerprint=f"{owner.pk:08X}{n:056X}",
                not_before=NOW - timedelta(days=1),
                not_after=NOW + timedelta(minutes=n + 1),
                standard="international",
                level="dv",
                level_source="order",
            )
            for n in range(start, min(start + BATCH, number))
        )


def pages() -> Iterator[Figure]:
    """Compare *My Certificates* of 100 000 (or BENCH_ROWS) and of 100: first and deep page, searches, two lists."""
    small, large = 100, int(os.environ.get("BENCH_ROWS", "100000"))
    clients: dict[int, Client] = {}
    for number in (small, large):
        owner, user = customer(f"c{number}")
        fill(owner, number)
        clients[number] = Client(headers={"host": "localhost"})
        clients[number].force_login(user)
    first = {number: timed(partial(shown, client)) for number, client in clients.items()}
    row = Certificate.objects.filter(customer__slug=f"c{large}").order_by("not_after", "id")[large - 2 * PAGE]
    deep = timed(lambda: shown(clients[large], after=f"{row.not_after.isoformat()},{row.pk}"))
    searched = {
        word: timed(partial(shown, clients[large], q=word)) for word in (f"n{large - 1}.", "example", "nowhere")
    }
    both = _client_of_both("c100", f"c{large}")
    merged = timed(lambda: shown(both))
    with CaptureQueriesContext(connection) as queries:
        shown(clients[large])
    for name, seconds in zip(("rare", "common", "missing"), searched.values(), strict=True):
        yield f"search_{name}_over_first", seconds / first[large], "ratio"
    yield "two_organisations_over_one", merged / first[large], "ratio"
    yield "first_page", first[large] * 1000, "ms"
    yield "large_over_small", first[large] / first[small], "ratio"
    yield "deep_over_first", deep / first[large], "ratio"
    yield "queries", len(queries), "queries"
    reset_queries()


def _client_of_both(*slugs: str) -> Client:
    """Return the client of a person who acts for several organisations."""
    user, _ = User.objects.get_or_create(email="both@bench.example")
    for owner in Customer.objects.filter(slug__in=slugs):
        Membership.objects.get_or_create(user=user, customer=owner)
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return client


def shown(client: Client, **query: str) -> None:
    """Request the list. Raises on an error page, which would be quick and give a wrong figure."""
    answer = client.get("/certificates/", query)
    if answer.status_code != 200:
        raise RuntimeError(f"The list answers with status {answer.status_code}.")


def imports() -> Iterator[Figure]:
    """Measure the import of real certificates, one file each. The same files again must cost less."""
    owner, _ = customer("imports")
    issued = [_issue(owner, f"i{n}.example") for n in range(40)]
    files = [as_pem(full_chain(certificate)) for certificate in issued]
    other, _ = customer("imports-elsewhere")
    Certificate.objects.filter(customer=owner).delete()
    order = IssuanceFacts(level=Level.DV, uploaded=True)
    spans = {}
    for turn in ("first", "again"):
        start = time.perf_counter()
        for data in files:
            import_bundle(data, customer=other, order=order, by=SYSTEM, at=NOW)
        spans[turn] = time.perf_counter() - start
    yield "per_second", len(files) / spans["first"], "files/s"
    yield "again_over_first", spans["again"] / spans["first"], "ratio"


def _issue(owner: Customer, name: str) -> Certificate:
    order = IssuanceFacts(brand="wotrus", level=Level.DV)
    return issue_certificate(csr(name), authority=authority(), customer=owner, order=order, by=SYSTEM, at=NOW, days=90)


def rules() -> Iterator[Figure]:
    """Measure all rules of one certificate, and count the queries that their facts need."""
    owner, _ = customer("rules")
    certificate = _issue(owner, "rules.example")
    standing = eligibility_facts([certificate], at=NOW)[certificate.pk]
    with CaptureQueriesContext(connection) as queries:
        eligibility_facts([certificate], at=NOW)[certificate.pk]
    yield "evaluation", timed(lambda: policy.refusals(standing)) * 1e6, "µs"
    yield "queries", len(queries), "queries"
    reset_queries()


def growing() -> Iterator[Figure]:
    from bench import growing as both

    return both.growing()


BENCHES: dict[str, Callable[[], Iterator[Figure]]] = {
    "growing": growing,
    "pages": pages,
    "imports": imports,
    "crls": crls,
    "ocsp": ocsp,
    "letters": letters,
    "rules": rules,
    "sweeps": sweeps,
    "memory": memory,
}
