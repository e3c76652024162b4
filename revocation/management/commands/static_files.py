"""`manage.py static_files`: collect the static files, unless they are there already.

Every start does this. Hashing and compressing hundreds of files takes two seconds; seeing that none changed a tenth.
"""

import fcntl
import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand

MADE_BY = ("django", "whitenoise")
"""Packages whose releases may collect the same files differently."""

MANIFEST = "staticfiles.json"
"""The file that is written last. It is missing where the whole folder is."""


class Command(BaseCommand):
    help = "Collect the static files, unless they are there already."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        collect()


def collect() -> None:
    """Collect the static files if any of them changed. Of several processes that share the folder, one at a time works.

    Two at once would delete each other's files.
    """
    folder = Path(settings.STATIC_ROOT)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, wanted = folder.with_suffix(".collected"), digest()
        if (folder / MANIFEST).exists() and stamp.exists() and stamp.read_text() == wanted:
            return
        stamp.unlink(missing_ok=True)  # what is interrupted begins anew
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(wanted)


def digest() -> str:
    """Return a digest that changes with every file to collect (name, size, time) and with who collects them."""
    found = hashlib.sha256()
    for line in (*_makers(), *sorted(_files())):
        found.update(f"{line}\n".encode())
    return found.hexdigest()


def _makers() -> Iterator[str]:
    yield str(settings.STORAGES["staticfiles"])
    yield from (f"{package} {version(package)}" for package in MADE_BY)


def _files() -> Iterator[str]:
    for finder in get_finders():
        for name, storage in finder.list(StaticFilesConfig.ignore_patterns):
            seen = Path(storage.path(name)).stat()
            yield f"{name} {storage.path(name)} {seen.st_size} {seen.st_mtime_ns}"
