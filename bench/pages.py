"""The customer's list and its searches, and the reviewers' queue, through the whole WSGI application."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from functools import partial
from html.parser import HTMLParser
from urllib.parse import quote, urljoin

from django.conf import settings
from django.test import Client

from bench.figures.rows import BARE_PAGE
from bench.figures.table import Figure
from bench.filling import settle
from bench.growing import QUEUE, begun, grow
from bench.measuring import counted_statements, in_turns, median_spent
from bench.peers.bare_django import ROWS
from bench.peers.conversation import Peer
from bench.peers.wsgi import Answer, ask
from bench.seeding import NOW, client, customer, fill, issued
from certportal.accounts.models import User
from revocation import policy
from revocation.models import Certificate, eligibility_facts

LIST = "/certificates/"
LARGE = int(os.environ.get("BENCH_ROWS", "100000"))
SMALL, WAITING, TIMES = 100, 1000, 10
MS = "ms"


def pages() -> Iterator[Figure]:
    """Measure lists of 100, then of 10 000 and of 100 000 certificates (BENCH_ROWS), then the queue."""
    short, long = (customer(name) for name in ("short", "long"))
    fill(short[0], SMALL)
    fill(long[0], LARGE // 10)
    settle()
    missing = in_milliseconds(browser(client(long[1])), f"{LIST}?q=nowhere")
    fill(long[0], LARGE, first=LARGE // 10)
    settle()
    yield from _list(short[1], long[1], long[0].pk)
    yield from _searches(browser(client(long[1])), missing)
    yield from _rules()
    yield from _queue()


Get = Callable[[str], Answer]


def browser(signed_in: Client) -> Get:
    """Return what requests pages with the session's cookie, as a browser that takes gzip."""
    from certportal.wsgi import application

    name = settings.SESSION_COOKIE_NAME
    headers = {
        "HTTP_HOST": "localhost",
        "HTTP_ACCEPT": "text/html",
        "HTTP_ACCEPT_ENCODING": "gzip",
        "HTTP_COOKIE": f"{name}={signed_in.cookies[name].value}",
    }
    return lambda address: ask(application, address, headers=headers)


def in_milliseconds(get: Get, address: str, times: int = TIMES) -> float:
    return median_spent(lambda: get(address), times) * 1000


def _list(few: User, many: User, customer_id: int) -> Iterator[Figure]:
    get = browser(client(many))
    database = str(settings.DATABASES["default"]["NAME"])
    with Peer("bench.peers.bare_django", BENCH_DATABASE=database) as bare:
        found = in_turns(
            ours=lambda: in_milliseconds(get, LIST),
            bare=lambda: bare.ask("times", address=f"/rows/{customer_id}", number=TIMES) / TIMES * 1000,
        )
    yield Figure("list_page", found["ours"], MS, limit={BARE_PAGE: found["bare"]})
    yield Figure("list_page_bytes", len(get(LIST).body) / 1000, "kB")
    with counted_statements() as statements:
        get(LIST)
    yield Figure("list_page_queries", float(statements[0]), "statements")
    last = Certificate.objects.filter(customer=customer_id).order_by("not_after", "id")[LARGE - 2 * ROWS]
    deep = f"{LIST}?after={quote(f'{last.not_after.isoformat()},{last.pk}')}"
    for name, address, person in (("growth", LIST, few), ("deep", deep, many)):
        other = browser(client(person))
        pair = in_turns(ours=partial(in_milliseconds, get, LIST), other=partial(in_milliseconds, other, address))
        first, second = float(str(pair["ours"])), float(str(pair["other"]))
        yield Figure(f"list_page_{name}", first / second if name == "growth" else second / first, "times")


def _searches(get: Get, missing_before: float) -> Iterator[Figure]:
    missing = in_milliseconds(get, f"{LIST}?q=nowhere")
    yield Figure("search_missing", missing, MS)
    yield Figure("search_missing_growth", missing / missing_before, "times")
    yield Figure("search_rare", in_milliseconds(get, f"{LIST}?q=n{LARGE - 1}."), MS)
    original = Certificate.objects.order_by("pk")[0].pk
    reissues = Certificate.objects.filter(reissued_from=original).values_list("pk", flat=True)
    yield Figure("reissues", median_spent(lambda: list(reissues.all())) * 1000, MS)


def _rules() -> Iterator[Figure]:
    owner, _ = customer("rules")
    certificate = issued(owner, "rules.example")
    standing = eligibility_facts([certificate], at=NOW)[certificate.pk]
    spans = median_spent(lambda: [policy.refusals(standing) for _ in range(100)])
    yield Figure("rules", spans / 100 * 1000, MS)


def _queue() -> Iterator[Figure]:
    _, reviewer, certificate, request = begun()
    grow(certificate, request, WAITING)
    get = browser(client(reviewer))
    yield Figure("queue_page", in_milliseconds(get, QUEUE), MS)
    page = get(QUEUE)
    loaded = Loaded(page)
    files = [get(address) for address in loaded.addresses]
    yield Figure("queue_page_blocking", float(1 + len(loaded.blocking)), "requests")
    yield Figure("queue_page_bytes", sum(len(one.body) for one in (page, *files)) / 1000, "kB")


class Loaded(HTMLParser):
    """What a browser loads with a page: style sheets and scripts. `blocking`: before it shows anything."""

    def __init__(self, page: Answer) -> None:
        super().__init__()
        self.addresses: set[str] = set()
        self.blocking: set[str] = set()
        self.feed(_unpacked(page).decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag == "script" and found.get("src"):
            later = {"defer", "async"} & found.keys() or found.get("type") == "module"
            self._add(found["src"], blocks=not later)
        if tag == "link" and "stylesheet" in (found.get("rel") or "").split():
            self._add(found["href"], blocks=found.get("media") != "print")

    def _add(self, address: str, *, blocks: bool) -> None:
        whole = urljoin(QUEUE, address)
        self.addresses.add(whole)
        if blocks:
            self.blocking.add(whole)


def _unpacked(page: Answer) -> bytes:

    return gzip.decompress(page.body) if page.headers.get("content-encoding") == "gzip" else page.body
