"""One migrated database for all test processes: each copies it instead of migrating its own.

The template is named after everything that shapes it (migrations, triggers, the versions of Django and allauth), so a
changed migration makes a new one and an old one is never taken by mistake.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
SHAPING = ("certportal", "revocation", "reviews", "demo")


def fingerprint() -> str:
    """Return a name for the schema that this checkout's migrations and triggers make."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {version('django')} {version('django-allauth')}".encode())
    files = [path for app in SHAPING for path in (ROOT / app).rglob("migrations/*.py")]
    for path in sorted([*files, *(ROOT / "revocation" / "guards").glob("*.py")]):
        digest.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def one_at_a_time(name: str) -> Iterator[None]:
    """Hold the lock of that name among all test processes of this machine."""
    with (Path(tempfile.gettempdir()) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def migrate(url: str) -> None:
    """Prepare the database at `url` in a process of its own: this one must not have touched the template."""
    command = [sys.executable, "manage.py", "prepare"]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, "DATABASE_URL": url})


def copy_for_sqlite(target: str) -> None:
    """Put a migrated database file at `target`, made from the template."""
    name = f"certportal-template-{fingerprint()}"
    template = Path(tempfile.gettempdir()) / f"{name}.sqlite3"
    with one_at_a_time(name):
        if not template.exists():
            unfinished = template.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            migrate(f"sqlite:///{unfinished}")
            unfinished.rename(template)
    shutil.copyfile(template, target)


def template_for_postgresql() -> str:
    """Return the name of a migrated database to clone, on the server of `DATABASE_URL`. Make it if there is none."""
    import psycopg

    name = f"template_{fingerprint()}"
    url = urlsplit(os.environ["DATABASE_URL"])
    with one_at_a_time(f"certportal-{url.port}-{name}"):
        with psycopg.connect(url.geturl(), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return name
            connection.execute(f'CREATE DATABASE "{name}_unfinished"')
        migrate(urlunsplit(url._replace(path=f"/{name}_unfinished")))
        with psycopg.connect(url.geturl(), autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}_unfinished" RENAME TO "{name}"')
    return name
