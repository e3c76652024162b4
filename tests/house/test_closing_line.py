"""`make test` ends with one line that counts all results, however the runs ended."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.closing_line import counted, line

pytestmark = pytest.mark.process

TESTS = """
import pytest
def test_passes(): pass
def test_passes_too(): pass
def test_fails(): assert 0
@pytest.mark.skip
def test_is_skipped(): pass
@pytest.fixture
def broken(): raise ValueError
def test_cannot_begin(broken): pass
"""


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    """Really run one test of each kind. Returns the folder with the report."""
    (tmp_path / "test_kinds.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", ".", "--junit-xml", "one.xml", "."]
    subprocess.run([*command, "-p", "no:django"], cwd=tmp_path, capture_output=True, check=False)
    return tmp_path


def test_all_kinds_are_counted_over_all_runs(reports: Path) -> None:
    (reports / "two.xml").write_bytes((reports / "one.xml").read_bytes())
    assert line(counted(reports.glob("*.xml")), 90) == "4 passed, 4 failed, 2 skipped in 1.5 minutes"


def test_a_run_that_was_cut_off_counts_as_failed(reports: Path) -> None:
    (reports / "two.xml").write_bytes((reports / "one.xml").read_bytes()[:100])
    assert line(counted(reports.glob("*.xml")), 60) == "2 passed, 3 failed, 1 skipped in 1.0 minutes"
