"""What the child gives up before it reads an untrusted byte (threat 8).

Resource limits always apply, Landlock (Linux 5.13 and later) where the kernel has it. With Landlock, files can be read
only in the folders of fonts and of Python's libraries, so that not even ``/proc`` tells anything. From its version 4 on
no TCP connection can be made. Under the limits alone, nothing can be written to a file, an ordinary user cannot start a
process, and the cost is bounded.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sysconfig
from pathlib import Path

from revocation.letters.limits import Limits

FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11/fonts")
"""Where the PDF reader looks for fonts that a PDF does not bring along."""
LIBRARY_PATHS = ("stdlib", "platstdlib", "purelib", "platlib")
"""The decoders import some of their modules at first use."""
OPEN_FILES = 16

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""System call numbers, the same on every architecture (landlock(7))."""
RULESET_VERSION = 1
RULE_PATH_BENEATH = 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
"""Operations of prctl(2)."""
RIGHTS_BY_VERSION: tuple[tuple[int, int, int, int], ...] = (
    (6, (1 << 16) - 1, 0b11, 0b11),
    (5, (1 << 16) - 1, 0b11, 0),
    (4, (1 << 15) - 1, 0b11, 0),
    (3, (1 << 15) - 1, 0, 0),
    (2, (1 << 14) - 1, 0, 0),
    (1, (1 << 13) - 1, 0, 0),
)
"""The version from which a row applies, then what is taken away: file rights, TCP rights (bind, connect), reach of
abstract sockets and of signals."""


def protect_memory() -> None:
    """Keep other processes of the same user from reading or changing the memory of this one and of those it forks."""
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def end_with_parent(signal: int) -> None:
    """Have this process sent a signal when the thread that started it ends, and with it when its parent dies."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0)


def limit_resources(limits: Limits) -> None:
    """Bound memory, processor time, open files and processes. No file is written and no core dumped."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + limits.cpu_seconds
    bounds = {
        resource.RLIMIT_AS: limits.memory_bytes,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
    }
    for which, bound in bounds.items():
        resource.setrlimit(which, (bound, bound))


def forbid_files_and_network() -> bool:
    """Forbid files and network as far as Landlock can. Returns whether it took effect."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), RULESET_VERSION)
    rights = next((rights for lowest, *rights in RIGHTS_BY_VERSION if version >= lowest), None)
    if rights is None:
        return False
    ruleset = libc.syscall(CREATE_RULESET, struct.pack("=QQQ", *rights), ctypes.c_size_t(24), 0)
    if ruleset < 0:
        return False
    for folder in {*FONT_FOLDERS, *map(sysconfig.get_path, LIBRARY_PATHS)}:
        _allow_reading(libc, ruleset, folder)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    restricted = bool(libc.syscall(RESTRICT_SELF, ruleset, 0) == 0)
    os.close(ruleset)
    return restricted


def _allow_reading(libc: ctypes.CDLL, ruleset: int, folder: str) -> None:
    if not Path(folder).is_dir():
        return
    descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    libc.syscall(ADD_RULE, ruleset, RULE_PATH_BENEATH, struct.pack("=Qi", READ_FILE | READ_DIR, descriptor), 0)
    os.close(descriptor)
