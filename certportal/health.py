"""Probes for monitoring: `/healthz`, this process is alive; `/readyz`, it can do its work.

Both are answered before everything else: without a session or a redirect to https, and for any Host header.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

from certportal.database import outages, patience, schema
from certportal.limits.models import Counter
from revocation import triggers
from revocation.services.core import clock, heartbeat, installation
from revocation.services.core.unavailable import StoreUnavailable
from revocation.services.letters import identity

log = logging.getLogger(__name__)

PATIENCE = 2.0
"""Seconds for one statement of a probe, and for the store of letters."""
METHODS = ("GET", "HEAD")
NEVER_KEPT = {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class Finding:
    """What one check found. `why`: what is wrong, "" when nothing is. `more`: numbers for monitoring."""

    why: str = ""
    more: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        said = {"ok": not self.why} | ({"why": self.why} if self.why else {})
        return said | (self.more or {})


class Probes:
    """Middleware that answers the probes, before all others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = {"/healthz": alive, "/readyz": ready}.get(request.path_info)
        return answer(request) if answer else self.get_response(request)


def alive(request: HttpRequest) -> HttpResponse:
    """``ok``: this process answers. Nothing outside it is asked, so an outage elsewhere does not have it restarted."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    return HttpResponse("ok", content_type="text/plain", headers=NEVER_KEPT)


def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when all that the portal needs is there, else 503. The JSON lists the checks and holds no secret."""
    if request.method not in METHODS:
        return HttpResponseNotAllowed(METHODS)
    found = findings()
    fit = not any(finding.why for finding in found.values())
    said = {"ready": fit, "checks": {name: finding.as_json() for name, finding in found.items()}}
    answer = JsonResponse(said, status=200 if fit else 503, headers=NEVER_KEPT)
    answer.__dict__["_has_been_logged"] = True  # monitoring keeps the answer, so the log need not
    return answer


def findings() -> dict[str, Finding]:
    """Run the checks and return what each found, by name. After an outage of the database the others are skipped."""
    found: dict[str, Finding] = {}
    with patience.at_most(PATIENCE):
        for name, look in CHECKS.items():
            try:
                found[name] = look()
                TOLD.discard(name)
            except DatabaseError as error:
                found[name] = _failed(name, error)
                if outages.is_outage(error):
                    connection.close()
                    return found
    return found


TOLD: set[str] = set()
"""Checks whose fault is in the log already: a probe comes every few seconds."""


def _failed(name: str, error: DatabaseError) -> Finding:
    """Log the error and return a sentence without it: everybody can read that, and drivers name hosts and accounts."""
    if outages.is_outage(error):
        log.error("not ready: %s", name, exc_info=error)
        return Finding("The database does not answer this.")
    if name not in TOLD:
        log.error("not ready: %s: %s", name, outages.sentence(error))
        TOLD.add(name)
    return Finding("The database lacks what this needs. Run `make migrate`.")


def _database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return Finding()


def _guards() -> Finding:
    missing = triggers.missing()
    return Finding(f"Guards of the record are missing or changed: {', '.join(missing)}." if missing else "")


def _worker() -> Finding:
    age = heartbeat.youngest_age(at=clock.now())
    if age is None:
        return Finding("No worker is running. Start `manage.py worker`.")
    more = {"age_seconds": round(age.total_seconds(), 1)}
    if age > heartbeat.STALE:
        return Finding("No worker has said for a minute that it is alive. Start `manage.py worker`.", more)
    return Finding(more=more)


def _limits() -> Finding:
    """Ask for the counters of limits, and for the cache in which used codes are remembered."""
    Counter.objects.filter(key="").exists()
    cache.get("readyz")
    return Finding()


def _secrets() -> Finding:
    differing = installation.differing_secrets()
    return Finding(f"{' and '.join(differing)}: not the installation's value." if differing else "")


def _letter_store() -> Finding:
    try:
        right = STORE_LOOK.within(PATIENCE)
    except (StoreUnavailable, TookTooLong):
        return Finding("The letter store does not answer.")
    return Finding("" if right else "This machine's letter store is not the one of the database.")


class Look:
    """A question that may hang (a folder on a dead server). One thread asks it; meanwhile nobody else does."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._asked: Future[bool] | None = None

    def within(self, seconds: float) -> bool:
        """Return the answer. Raises what the question raises, or `TimeoutError`."""
        with self._lock:
            asked = self._asked
            if asked is None or asked.done():
                asked = self._asked = Future()
                threading.Thread(target=self._answer, args=(asked,), daemon=True).start()
        return asked.result(timeout=seconds)

    def _answer(self, asked: Future[bool]) -> None:
        try:
            asked.set_result(self._ask())
        except Exception as error:  # noqa: BLE001 - raised where the answer is waited for
            asked.set_exception(error)
        finally:
            connection.close()


STORE_LOOK = Look(identity.is_right)

CHECKS: dict[str, Callable[[], Finding]] = {
    "database": _database,
    "migrations": lambda: Finding(schema.why_not_ready()),
    "guards": _guards,
    "secrets": _secrets,
    "worker": _worker,
    "limits": _limits,
    "letter_store": _letter_store,
}
