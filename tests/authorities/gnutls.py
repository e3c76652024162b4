"""GnuTLS's tools: a second witness beside openssl, with no code in common."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

INSTALL = "apt-get install --no-install-recommends gnutls-bin"


def gnutls_says(folder: Path, *command: str) -> tuple[int, str]:
    """Run a command; return its exit status and output. Without the tools the test is skipped, in CI it fails."""
    if shutil.which(command[0]) is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"{command[0]} is missing: {INSTALL}")
    ended = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=30)
    return ended.returncode, (ended.stdout + ended.stderr).decode("utf-8", "replace")
