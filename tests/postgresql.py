"""`python -m tests.postgresql COMMAND…`: runs a command with DATABASE_URL at a throw-away PostgreSQL server.

The server is Debian's, initialised into a temporary folder as an unprivileged user, on loopback only.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

INSTALL = "apt-get install --no-install-recommends postgresql"


def binaries() -> Path | None:
    """Return the folder of the newest installed server's programs."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent if found else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged(command: list[str]) -> list[str]:
    """Return the command to be run; root becomes the package's user, because `initdb` refuses root."""
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@dataclass(frozen=True)
class Server:
    """A server that can be killed and started again. `url`: its DATABASE_URL."""

    url: str
    control: list[str]
    data: Path

    def start(self) -> None:
        self._run(["start"])

    def kill(self) -> None:
        """End every process at once and write nothing out: what was not in the log of the database is lost."""
        self._run(["-m", "immediate", "stop"])

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Stop every process for a while: the kernel still accepts connections, but nothing answers."""
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        running = [postmaster, *_children(postmaster)]
        for process in running:
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in running:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def _run(self, arguments: list[str]) -> None:
        command = unprivileged([*self.control, *arguments])
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


def _children(parent: int) -> list[int]:
    return [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]


@contextmanager
def running() -> Iterator[Server]:
    """Yield a running server in a temporary folder."""
    programs = binaries()
    if programs is None:
        raise SystemExit(f"PostgreSQL is not installed: {INSTALL}")
    folder = Path(tempfile.mkdtemp(prefix="certportal-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    data, port = folder / "data", free_port()
    made = [f"{programs}/initdb", "-D", str(data), "-A", "trust", "-U", "portal", "-E", "UTF8", "--no-sync"]
    subprocess.run(unprivileged(made), check=True, stdout=subprocess.DEVNULL, cwd="/")
    # Two test processes may each connect with fifty threads at the same time.
    room = "-c max_connections=200"
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off {room}"
    control = [f"{programs}/pg_ctl", "-D", str(data), "-w", "-l", f"{folder}/log", "-o", options]
    server = Server(f"postgres://portal@127.0.0.1:{port}/postgres", control, data)
    server.start()
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def server() -> Iterator[str]:
    """Run a server and yield its DATABASE_URL."""
    with running() as one:
        yield one.url


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server ends too
    with server() as url:
        sys.exit(subprocess.run(sys.argv[1:], env={**os.environ, "DATABASE_URL": url}, check=False).returncode)
