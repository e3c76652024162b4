"""`scripts/serve` as a process of its own, with the settings of a production installation."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests import template_database
from tests.postgresql import free_port
from tests.support import processes

ROOT = Path(__file__).resolve().parents[2]
SECRET = "a8Jq0Zr3x-Vt5uWb7cYd9eFg1hKl2mNp4oQs6RtUvXyZ-9r2Lk7"
ENCRYPTION = "kQ9w3e5r7t1y2u4i6o8p0a-s2d4f6g8h"
PROXY = {"Host": "portal.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}


def readme_example() -> dict[str, str]:
    """Return the variables of README's production example as they stand there; blanks stand as `…`."""
    text = (ROOT / "README.md").read_text().split("## In production", 1)[1]
    command = next(block for block in text.split("```\n")[1::2] if "make serve" in block)
    found = dict(word.split("=", 1) for word in shlex.split(command.replace("\\\n", " ")) if "=" in word)
    assert {name for name, value in found.items() if "…" in value} == {
        "SECRET_KEY",
        "KEY_ENCRYPTION_KEY",
        "DATABASE_URL",
    }
    return found


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """Return README's example with its blanks filled in, for a migrated database in `folder` and a small web server."""
    database = folder / "portal.sqlite3"
    if not database.exists() and "DATABASE_URL" not in changes:
        template_database.copy_for_sqlite(str(database))
    inherited = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return {
        **inherited,
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DJANGO_SETTINGS_MODULE": "certportal.settings",
        **readme_example(),
        "SECRET_KEY": SECRET,
        "KEY_ENCRYPTION_KEY": ENCRYPTION,
        "DATABASE_URL": f"sqlite:///{database}",
        "LETTERS_STORAGE_OPTIONS": f'{{"location": "{folder}/letters", "base_url": null}}',
        "DEPLOYMENTS_DIR": f"{folder}/deployments",
        "DNSSEC_TRUST_ANCHORS": "[]",
        "WEB_WORKERS": "2",
        "PORT": str(free_port()),
        **changes,
    }


def manage(env: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return processes.run("manage.py", *arguments, environment=env)


def serve_to_its_end(
    env: Mapping[str, str], *, root: Path = ROOT, script: str = "scripts/serve"
) -> subprocess.CompletedProcess[str]:
    """Run a start that is refused; return its output and its code."""
    return subprocess.run([script], cwd=root, env=dict(env), capture_output=True, text=True, timeout=120, check=False)


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Serving:
    """A web server that runs. `log`: what it has written so far."""

    port: int
    process: subprocess.Popen[bytes]
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text()

    def get(self, path: str, *, data: bytes | None = None, wait: float = 30, **headers: str) -> Answer:
        begun = time.monotonic()
        asked = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=data,
            headers=PROXY | {name.replace("_", "-"): value for name, value in headers.items()},
        )
        try:
            with urllib.request.urlopen(asked, timeout=wait) as answer:
                return Answer(answer.status, answer.read(), time.monotonic() - begun)
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, refused.read(), time.monotonic() - begun)

    def wait_for(self, path: str, status: int = 200, seconds: int = 90) -> Answer:
        """Ask until the answer has that status. Raises AssertionError with the log if it never has."""
        last = "nothing"
        for _ in range(seconds * 4):
            try:
                answer = self.get(path, wait=20)
                if answer.status == status:
                    return answer
                last = f"{answer.status} {answer.body[:300]!r}"
            except OSError as error:
                last = str(error)
            if self.process.poll() is not None:
                break
            time.sleep(0.25)
        raise AssertionError(f"{path} did not answer {status}, at last {last}:\n{self.log[-6000:]}")

    def children(self, words: str) -> list[int]:
        """Return the processes of this server whose command line holds the words."""
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                state, _, _, session, *_ = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            if words in command and int(session) == self.process.pid and state != "Z":
                found.append(int(entry.name))
        return sorted(found)


@contextmanager
def serving(env: Mapping[str, str], folder: Path, script: str = "scripts/serve") -> Iterator[Serving]:
    """Start the server without waiting for it, and end it as a service manager does."""
    log_file = folder / "serve.log"
    with log_file.open("wb") as log:
        process = subprocess.Popen([script], cwd=ROOT, env=dict(env), stdout=log, stderr=log, start_new_session=True)
    running = Serving(int(env["PORT"]), process, log_file)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AssertionError(f"it did not end:\n{running.log[-6000:]}") from None
