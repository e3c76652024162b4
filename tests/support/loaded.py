"""The portal, loaded once: what the fork server of `tests/support/processes.py` imports before it forks.

Loading takes nine tenths of a worker's short life. Nothing here may connect or read the clock: every fork shares it.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import django
from django.conf import settings
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils.functional import empty

django.setup()
for needed in ("revocation.management.commands.worker", "certportal.urls"):  # the system checks look at all addresses
    importlib.import_module(needed)
MigrationLoader(None)  # imports the migrations, which a worker compares with the database

ROOT = Path(__file__).resolve().parents[2]


def read_settings_anew() -> None:
    """Read the settings from the environment as it is now, as a new process would."""
    importlib.reload(importlib.import_module(os.environ["DJANGO_SETTINGS_MODULE"]))
    settings._wrapped = empty
    vars(connections).pop("settings", None)
    connections.__init__()  # type: ignore[misc] # forgets the settings and the connection that were made while loading


def run(arguments: Sequence[str], environment: Mapping[str, str], output: str, errors: str) -> None:
    """Do what `python` does with the arguments (`-c CODE` or a script), in a process that was just forked.

    `output`, `errors`: the files that standard output and standard error are written to.
    """
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    for standard, name in enumerate((os.devnull, output, errors)):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_APPEND if standard else os.O_RDONLY, 0o600), standard)
    read_settings_anew()
    first, *others = arguments
    if first == "-c":
        exec(compile(others[0], "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - a test wrote it
    else:
        sys.argv = [first, *others]
        runpy.run_path(first, run_name="__main__")
