"""`manage.py prepare`: several starts on one checkout do not disturb each other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COLLECT = """
import django
django.setup()
from django.conf import settings
settings.STATIC_ROOT = {folder!r}
from revocation.management.commands.prepare import collect_static_files
collect_static_files()
"""


@pytest.mark.process
def test_static_files_are_collected_by_one_process_at_a_time(tmp_path: Path) -> None:
    command = [sys.executable, "-c", COLLECT.format(folder=str(tmp_path / "static"))]
    running = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) for _ in range(4)]
    said = [process.communicate(timeout=120)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * 4, said
    assert (tmp_path / "static" / "staticfiles.json").is_file()
