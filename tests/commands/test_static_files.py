"""`manage.py static_files`: several starts on one checkout do not disturb each other, and what is there stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]
COLLECT = """
import django
django.setup()
from django.conf import settings
settings.STATIC_ROOT = {folder!r}
from revocation.management.commands import static_files
static_files.collect()
"""


@pytest.mark.process
def test_static_files_are_collected_by_one_process_at_a_time(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COLLECT.format(folder=str(tmp_path / "static"))]
    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(4)]
    said = [process.communicate(timeout=120)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * 4, said
    assert (tmp_path / "static" / "staticfiles.json").is_file()


def test_files_are_collected_again_only_when_one_changed(settings: Any, tmp_path: Path) -> None:
    own, collected = tmp_path / "own", tmp_path / "static" / "added.css"
    own.mkdir()
    (own / "added.css").write_text("a {}")
    settings.STATIC_ROOT, settings.STATICFILES_DIRS = tmp_path / "static", [own]
    with_manifest = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": with_manifest}
    call_command("static_files")
    collected.write_text("touched")
    os.utime(collected, (0, 0))
    call_command("static_files")
    assert collected.read_text() == "touched"
    (own / "added.css").write_text("b {}  ")
    call_command("static_files")
    assert collected.read_text() == "b {}  "
    (tmp_path / "static" / "staticfiles.json").unlink()
    call_command("static_files")
    assert (tmp_path / "static" / "staticfiles.json").exists()
