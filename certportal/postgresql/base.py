"""What Django loads: its own PostgreSQL backend, with connections that give up (`watched`)."""

from __future__ import annotations

import select
import time
from types import ModuleType
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper

from certportal.database import patience
from certportal.database.outages import DATABASE
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
    """`used_at`: when the connection was last used, in seconds of a clock that only grows."""

    Database: Any = Driver("psycopg")
    health_check_done: bool
    used_at = float("-inf")

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
