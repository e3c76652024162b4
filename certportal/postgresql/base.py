"""What Django loads: its own PostgreSQL backend, with connections that give up (`watched`) and are lent (`lending`)."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper

from certportal.database import patience
from certportal.database.outages import DATABASE
from certportal.postgresql.lending import Lender, lender, may_rest
from certportal.postgresql.watched import PROBE_SECONDS, Connection, Unanswered

TRUSTED_SECONDS = 30.0
"""How long a connection may rest and be used again unasked: less than after what firewalls forget a connection."""


class Driver(ModuleType):
    """psycopg, with our own class of connections."""

    connect = staticmethod(Connection.connect)

    def __getattr__(self, name: str) -> Any:
        return getattr(psycopg, name)


class ChunkedCursor(CursorWrapper):
    """A cursor on the server. To close it is a statement too, so it fails as statements do: with Django's errors."""

    def close(self) -> None:
        with self.db.wrap_database_errors:
            self.cursor.close()


class DatabaseWrapper(base.DatabaseWrapper):
    """What one thread has in place of a connection of its own.

    `used_at`: when its connection was last used, in seconds of a clock that only grows. `_lender`: who lent the
    connection that it has at the moment, if it is lent. `_cursors`: how many are open on it.
    """

    Database: Any = Driver("psycopg")
    health_check_done: bool
    used_at = float("-inf")
    _lender: Lender | None = None
    _cursors = 0

    def ensure_connection(self) -> None:
        """Take a connection that rests, or make one. Raises `NoneFree` and as any statement does."""
        shared = lender()
        if self.connection is not None or shared is None or self.in_atomic_block:
            super().ensure_connection()
            return
        with self.wrap_database_errors:
            while (resting := shared.take()) is not None:
                self._adopt(resting.connection, shared)
                if resting.is_fresh or self.is_usable():
                    return
                self.close()
        try:
            super().ensure_connection()
        except BaseException:
            shared.give_up()
            self.close()
            raise
        self._lender, self._cursors = shared, 0

    def _adopt(self, connection: Any, shared: Lender) -> None:
        """Take a connection that another thread has set up, with the state that `connect` begins with."""
        self.connection, self._lender, self._cursors = connection, shared, 0
        self.in_atomic_block = self.needs_rollback = self.closed_in_transaction = self.errors_occurred = False
        self.savepoint_ids, self.atomic_blocks, self.run_on_commit = [], [], []
        self.autocommit = self.health_check_done = True

    def _rest(self) -> None:
        """Give a lent connection back, unless a cursor or a transaction still needs it."""
        if self._lender is None or self._cursors or self.in_atomic_block or not self.autocommit:
            return
        if not may_rest(self.connection):
            self.close()
            return
        shared, self._lender = self._lender, None
        connection, self.connection = self.connection, None
        shared.give_back(connection)

    def _prepare_cursor(self, cursor: Any) -> Any:
        prepared = super()._prepare_cursor(cursor)  # type: ignore[misc]
        if self._lender is not None:
            self._cursors += 1
            prepared.close = self._closing(prepared.close, self.connection)
        return prepared

    def _closing(self, close: Callable[[], None], connection: Any) -> Callable[[], None]:
        """Return what closes a cursor and then lets its connection rest."""
        open_ones = [close]

        def closed() -> None:
            if not open_ones:
                return
            try:
                open_ones.pop()()
            finally:
                if self.connection is connection:
                    self._cursors = max(0, self._cursors - 1)  # it may have been forgotten before
                    self._rest()

        return closed

    def set_autocommit(self, autocommit: bool, force_begin_transaction_with_broken_autocommit: bool = False) -> None:
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if autocommit:  # a transaction has ended
            self._rest()

    def close_if_unusable_or_obsolete(self) -> None:
        super().close_if_unusable_or_obsolete()
        if self.connection is not None:
            self._cursors = 0  # of those that nobody closed
            self._rest()

    def _close(self) -> None:
        shared, self._lender, self._cursors = self._lender, None, 0
        try:
            super()._close()  # type: ignore[misc]
        finally:
            if shared is not None:
                shared.give_up()

    def make_cursor(self, cursor: Any) -> CursorWrapper:
        kind = ChunkedCursor if isinstance(cursor, psycopg.ServerCursor) else CursorWrapper
        return kind(cursor, self)

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        if patience.seconds() is None:
            return super().get_new_connection(conn_params)
        if not DATABASE.may_ask():
            raise Unanswered("The database server did not answer a moment ago.")
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.errors.ConnectionTimeout:
            DATABASE.fell_silent()
            raise
        connection.probe = {**conn_params, "connect_timeout": PROBE_SECONDS, "autocommit": True}
        return connection

    def close_if_health_check_failed(self) -> None:
        """Ask whether the connection still works only where it rested for long, or something has arrived on it.

        Django asks each time, which doubles the queries of a short answer. A server that closes a connection says so.
        One that is gone without a word meets the bounds of the statement itself (`watched`).
        """
        now = time.monotonic()
        if self.connection is not None and now - self.used_at < TRUSTED_SECONDS and self._is_quiet():
            self.health_check_done = True
        self.used_at = now
        super().close_if_health_check_failed()

    def _is_quiet(self) -> bool:
        """Whether the connection is open and nothing waits to be read, such as the server's farewell."""
        if self.connection.closed:
            return False
        arrivals = select.poll()
        arrivals.register(self.connection.fileno(), select.POLLIN)
        return not arrivals.poll(0)

    def init_connection_state(self) -> None:
        """Set up a new connection, and note whether the server answers. Raises as any statement does."""
        try:
            super().init_connection_state()
        except base.DatabaseWrapper.Database.OperationalError as error:
            if isinstance(error, Unanswered):
                DATABASE.fell_silent()
            raise
        if patience.seconds() is not None:
            DATABASE.over()

    def _configure_connection(self, connection: Any) -> bool:
        """Let the server give up by itself too, a little before us. It then says so, and nothing goes on unheard."""
        commit = bool(super()._configure_connection(connection))  # type: ignore[misc]
        limit = patience.of_the_process()
        if limit is None:
            return commit
        milliseconds = str(int(limit * 1000))
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [milliseconds])
        return True
