"""`python -m tests.postgresql COMMAND…`: runs a command with DATABASE_URL at a throw-away PostgreSQL server.

The server is Debian's, initialised into a temporary folder as an unprivileged user, on loopback only.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

INSTALL = "apt-get install --no-install-recommends postgresql"


def binaries() -> Path | None:
    """The newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent if found else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged(command: list[str]) -> list[str]:
    """`initdb` refuses root: become the package's user there."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@contextmanager
def server() -> Iterator[str]:
    """A running server; yields its DATABASE_URL."""
    programs = binaries()
    if programs is None:
        raise SystemExit(f"PostgreSQL is not installed: {INSTALL}")
    folder = Path(tempfile.mkdtemp(prefix="certportal-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, port = folder / "data", free_port()
    run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
    subprocess.run(
        unprivileged([f"{programs}/initdb", "-D", str(data), "-A", "trust", "-U", "portal", "-E", "UTF8", "--no-sync"]),
        **run,
    )  # type: ignore[call-overload]
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=60"
    pg_ctl = [f"{programs}/pg_ctl", "-D", str(data), "-w", "-l", f"{folder}/log", "-o", options]
    subprocess.run(unprivileged([*pg_ctl, "start"]), **run)  # type: ignore[call-overload]
    try:
        yield f"postgres://portal@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run(unprivileged([f"{programs}/pg_ctl", "-D", str(data), "-m", "immediate", "stop"]), **run)  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    with server() as url:
        sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}, check=False).returncode)
