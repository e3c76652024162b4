"""django-ca in a virtual environment of its own below `build/`: it brings its own Django and is no dependency."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from bench.measuring import Unmeasured
from bench.peers.conversation import ROOT, Peer

VERSION = "3.2.0"
FOLDER = ROOT / "build" / "peers"
PYTHON = FOLDER / "bin" / "python"
INSTALL = f"python3 -m venv build/peers && build/peers/bin/pip install django-ca=={VERSION}"


@contextmanager
def authority(folder: str, *ders: bytes) -> Iterator[Peer | Unmeasured]:
    """Yield a django-ca in the folder, with an authority that has these certificates, or why there is none."""
    try:
        peer = Peer("bench.peers.django_ca", python=django_ca(), BENCH_FOLDER=folder)
    except Unmeasured as problem:
        yield problem
        return
    with peer:
        try:
            peer.ask("begin")
            peer.ask("take_in", ders=[base64.b64encode(der).decode() for der in ders])
        except Unmeasured as problem:
            yield problem
        else:
            yield peer


@cache
def django_ca() -> str:
    """Return the Python that has django-ca; install it when it is missing. Raises `Unmeasured` where that fails."""
    if not _is_installed():
        try:
            _install()
        except (OSError, subprocess.SubprocessError) as problem:
            raise Unmeasured(f"django-ca is not installed ({type(problem).__name__}): {INSTALL}") from problem
    return str(PYTHON)


def _is_installed() -> bool:
    program = f"from importlib.metadata import version; assert version('django-ca') == '{VERSION}'"
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", program], capture_output=True, check=False).returncode == 0


def _install() -> None:
    """Install as `scripts/setup` does: by uv, which is quick, or else by pip. Raises what `subprocess` raises."""
    subprocess.run([sys.executable, "-m", "venv", "--clear", FOLDER], check=True, capture_output=True, timeout=120)
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    by_uv = [str(uv), "pip", "install", "--quiet", "--compile-bytecode", "--python", str(PYTHON)]
    by_pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*(by_uv if uv else by_pip), f"django-ca=={VERSION}"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
