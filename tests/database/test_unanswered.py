"""Threats 31 and 55 within one process: an outage met at any place is a 503 with a page and one line in the log. What
is our own fault stays a 500 with its traceback."""

from __future__ import annotations

import io
import logging
import sqlite3
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, ProgrammingError
from django.test import Client

from certportal import logs
from certportal.database import outages
from certportal.database.outages import Outage, is_lost, is_outage
from revocation import worker
from revocation.duties import Sweep
from revocation.models import Actor

psycopg = pytest.importorskip("psycopg")


Failed = TypeVar("Failed", bound=DatabaseError)


def sqlite(name: str) -> OperationalError:
    """Return SQLite's error of this name, as Django wraps it."""
    cause = sqlite3.OperationalError("it failed")
    cause.sqlite_errorname = name
    return caused(OperationalError("it failed"), cause)


def postgresql(code: str | None) -> OperationalError:
    kind = psycopg.errors.lookup(code) if code else psycopg.OperationalError
    return caused(OperationalError("it failed"), kind("it failed"))


def internal(code: str) -> InternalError:
    """Return the error for what the server does not let a transaction do, as Django wraps psycopg's."""
    return caused(InternalError("it failed"), psycopg.errors.lookup(code)("it failed"))


def caused(error: Failed, cause: Exception) -> Failed:
    error.__cause__ = cause
    return error


OUTAGES = {
    **{name: sqlite(name) for name in ("SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_IOERR_WRITE", "SQLITE_FULL")},
    **{name: sqlite(name) for name in ("SQLITE_LOCKED_SHAREDCACHE", "SQLITE_READONLY_DBMOVED")},
    **{code: postgresql(code) for code in ("08006", "53100", "53300", "55P03", "57014", "57P01", "57P03", "58030")},
    **{code: internal(code) for code in ("25006", "25P03")},
    "connection": postgresql(None),
    "closed": InterfaceError("connection already closed"),
    "a batch": ExceptionGroup("rows", [sqlite("SQLITE_BUSY"), ExceptionGroup("more", [postgresql(None)])]),
}
FAULTS = {
    "no such table": sqlite("SQLITE_ERROR"),
    "undefined column": postgresql("42703"),
    "an aborted transaction": internal("25P02"),
    "no table": ProgrammingError("relation does not exist"),
    "a value": ValueError("no"),
    "one of a batch": ExceptionGroup("rows", [sqlite("SQLITE_BUSY"), ValueError("no")]),
}


@pytest.mark.parametrize("name", list(OUTAGES))
def test_what_passes_by_itself_is_an_outage(name: str) -> None:
    assert is_outage(OUTAGES[name])


@pytest.mark.parametrize("name", list(FAULTS))
def test_what_is_our_own_fault_is_none(name: str) -> None:
    assert not is_outage(FAULTS[name])


def test_a_lost_connection_is_told_from_a_full_disk() -> None:
    lost = {name for name, error in OUTAGES.items() if is_lost(error)}
    assert {"connection", "closed", "57P01", "25P03", "08006", "SQLITE_CANTOPEN"} <= lost
    assert not lost & {"SQLITE_FULL", "SQLITE_BUSY", "53100", "57014", "25006"}


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*args: Any, **kwargs: Any) -> Any:
        raise error

    return fail


PLACES = {
    "the session": (SessionStore, "load"),
    "a middleware": ("certportal.middleware.SecondFactor", "is_missing"),
    "a view": ("revocation.web.views.certificates", "todos"),
    "a template": ("certportal.context", "organisations"),
}
PAGES = {"a template": "/requests/"}
"""Where another page than My Certificates meets it."""


@pytest.mark.parametrize("outage", ["connection", "57P01", "closed", "SQLITE_CANTOPEN", "SQLITE_BUSY"])
@pytest.mark.parametrize("place", list(PLACES))
def test_threat_55_an_outage_is_a_503_wherever_it_is_met(
    alice: Actor, monkeypatch: pytest.MonkeyPatch, place: str, outage: str
) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(alice.user)
    where, name = PLACES[place]
    fail = raising(OUTAGES[outage])
    if isinstance(where, str):
        monkeypatch.setattr(f"{where}.{name}", fail)
    else:
        monkeypatch.setattr(where, name, fail)
    answer = client.get(PAGES.get(place, "/certificates/"))
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert "try again" in answer.content.decode().lower()


@pytest.mark.parametrize("fault", ["no such table", "undefined column", "a value"])
def test_our_own_fault_is_a_500(alice: Actor, monkeypatch: pytest.MonkeyPatch, fault: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(alice.user)
    monkeypatch.setattr(SessionStore, "load", raising(FAULTS[fault]))
    assert client.get("/certificates/").status_code == 500


@pytest.mark.parametrize(("language", "said"), [("en", "does not respond at the moment"), ("zh-hans", "<h1>")])
def test_the_page_needs_no_database(
    rf: Any, language: str, said: str, django_assert_num_queries: Any, db: None
) -> None:
    from django.utils import translation

    from certportal.database.unanswered import unanswered

    with django_assert_num_queries(0), translation.override(language):
        page = unanswered()
    assert said in page.content.decode()
    assert f'lang="{language}"' in page.content.decode()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> tuple[logging.Logger, io.StringIO]:
    """A logger as the settings make it, with an outage of its own, and what it writes."""
    monkeypatch.setattr(outages, "DATABASE", Outage())
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.OneLine("{levelname} {message}", style="{"))
    handler.addFilter(logs.OutagesOnce())
    logger = logging.getLogger("tests.outages")
    logger.handlers, logger.propagate = [handler], False
    return logger, written


def failed(logger: logging.Logger, error: Exception) -> None:
    try:
        raise error
    except Exception:
        logger.exception("duty met an error")


def test_threat_55_a_thousand_failures_of_one_outage_are_one_line(log: tuple[logging.Logger, io.StringIO]) -> None:
    logger, written = log
    for _ in range(1000):
        failed(logger, postgresql(None))
    assert written.getvalue().splitlines() == ["ERROR duty met an error (it failed)"]
    failed(logger, ValueError("ours"))
    assert "Traceback" in written.getvalue()


def test_an_outage_is_told_again_after_a_minute_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    now = [0.0]
    outage = Outage(lambda: now[0])
    told = []
    for now[0] in range(0, 130, 10):
        told.append((now[0], outage.noted()))
    assert [at for at, news in told if news] == [0, 60, 120]
    outage.over()
    outage.over()
    assert [record.getMessage() for record in caplog.records] == ["the database answers again, after 120 s"]
    assert outage.noted()


def test_of_two_threads_that_meet_its_end_one_tells(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage(lambda: 0.0)
    outage.noted()
    lock = outage._lock

    class Slower:
        """A lock that lets another thread tell of the end before this one gets it."""

        def __enter__(self) -> None:
            outage._lock = lock
            outage.over()
            lock.acquire()

        def __exit__(self, *_: object) -> None:
            lock.release()

    outage._lock = Slower()  # type: ignore[assignment]
    outage.over()
    assert [record.getMessage() for record in caplog.records] == ["the database answers again, after 0 s"]


def test_threat_55_while_it_is_silent_one_asks_and_the_others_do_not_wait() -> None:
    now = [0.0]
    outage = Outage(lambda: now[0])
    assert [outage.may_ask() for _ in range(3)] == [True, True, True]
    outage.fell_silent()
    assert [outage.may_ask() for _ in range(3)] == [False, False, False]
    now[0] += outages.RETRY_SECONDS
    assert [outage.may_ask() for _ in range(3)] == [True, False, False]
    outage.over()
    assert [outage.may_ask() for _ in range(3)] == [True, True, True]


def test_threat_55_duties_look_more_and_more_rarely_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    pauses: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            pauses.append(timeout or 0)
            if len(pauses) == 9:
                self.set()
            return self.is_set()

    errors = iter([postgresql(None)] * 6 + [None, ValueError("ours"), postgresql(None)])

    def work(now: Any, stop: Any) -> int:
        if error := next(errors):
            raise error
        return 0

    worker._keep_doing(Sweep("test", work=work, every=1), Stop())
    assert pauses == [2, 4, 8, 16, 30, 30, 1, 1, 2]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_duty_that_ends_by_itself_ends_the_worker(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """Nobody would notice that the duty is gone. So the worker ends, and the supervisor starts a new one."""

    def work(now: Any, stop: Any) -> int:
        raise SystemExit

    monkeypatch.setattr(worker, "close_old_connections", lambda: None)
    monkeypatch.setattr(worker, "_keep_beating", lambda name, stop: stop.wait())
    monkeypatch.setattr(worker, "DUTIES", (Sweep("broken", work=work, every=1),))
    assert worker.run_until(threading.Event()) is False
    assert "broken ended by itself" in caplog.text
