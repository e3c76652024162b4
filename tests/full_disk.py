"""A real, small file system that can be filled to its last byte (threat 12)."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

NOT_ALLOWED = "No file system may be mounted here: run this test as root, or with sudo that asks for no password."
BLOCK = 4096
"""Bytes that a tmpfs allocates at a time."""


@dataclass(frozen=True)
class Disk:
    folder: Path

    def fill(self, room: int = 0) -> None:
        """Fill the disk until about `room` bytes are left."""
        with (self.folder / "filler").open("ab", buffering=0) as filler, suppress(OSError):
            while filler.write(bytes(BLOCK)):
                pass
            raise AssertionError("never full")
        size = (self.folder / "filler").stat().st_size
        os.truncate(self.folder / "filler", max(0, size - room))

    def fill_names(self) -> None:
        """Make files until no further one can be made, however small."""
        with suppress(OSError):
            for number in range(10_000):
                (self.folder / f"name-{number}").touch()
            raise AssertionError("never full")

    def tidy(self) -> None:
        """Make room again."""
        for path in (self.folder / "filler", *self.folder.glob("name-*")):
            path.unlink(missing_ok=True)


@contextmanager
def small_disk(folder: Path, kibibytes: int) -> Iterator[Disk]:
    """Mount a tmpfs of that size at `folder`. Where mounting is not allowed, skip the test.

    Mounting is a right, not a package that could be installed.
    """
    folder.mkdir(exist_ok=True)
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    options = f"size={kibibytes}k,nr_inodes=100,mode=777"
    mount = [*sudo, "mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(NOT_ALLOWED)
    try:
        yield Disk(folder)
    finally:
        subprocess.run([*sudo, "umount", "--lazy", str(folder)], check=True)
