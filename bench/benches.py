"""The benchmarks, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from bench.figures.table import Figure

SQLITE, POSTGRESQL = "sqlite", "postgresql"


@dataclass(frozen=True)
class Bench:
    """A module of this folder and its function. `rows`: the rows that it fills, so that a failure can name them.

    `database`: what it needs, if DATABASE_URL names none. `by_name_only`: it takes too long to run with the others.
    """

    where: str
    rows: tuple[str, ...] = ()
    database: str = SQLITE
    by_name_only: bool = False

    def function(self) -> Callable[[], Iterator[Figure]]:
        module, _, name = self.where.partition(":")
        found: Callable[[], Iterator[Figure]] = getattr(import_module(f"bench.{module}"), name)
        return found


BENCHES = {
    "revoking": Bench("revoking:revoking", ("revoked_sqlite", "receipts_sqlite", "approvals_sqlite")),
    "revoking-postgresql": Bench(
        "revoking:revoking", ("revoked_postgresql", "receipts_postgresql", "approvals_postgresql"), POSTGRESQL
    ),
    "crls": Bench("crls:crls", ("crl_shard", "crl_complete", "crl_3000")),
    "ocsp": Bench("ocsp:ocsp", ("ocsp_stock", "ocsp_nonce", "healthz")),
    "imports": Bench("imports:imports", ("imports",)),
    "letters": Bench("letters:letters", ("letter_jpg", "letter_png", "letter_pdf", "letter_template")),
    "pages": Bench("pages:pages", ("list_page", "queue_page", "search_missing", "reissues", "rules")),
    "sweeps": Bench("sweep:sweeps", ("dns_first", "dns_routine")),
    "memory": Bench("memory:memory", ("memory_web", "memory_worker")),
    "connections": Bench("memory:connections", ("connections",), POSTGRESQL),
    "growing": Bench("growing:growing", by_name_only=True),
}
