"""The portal, loaded once: what the fork server of `tests/support/workers.py` imports before it forks.

Loading takes nine tenths of a worker's short life. Nothing here may connect or read the clock: every fork shares it.
"""

from __future__ import annotations

import importlib
import os
import runpy
import sys
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


def manage(arguments: list[str], environment: dict[str, str]) -> None:
    """Run `manage.py` with that environment, in a process that was just forked."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nowhere, standard)
    read_settings_anew()
    sys.argv = ["manage.py", *arguments]
    runpy.run_path("manage.py", run_name="__main__")
