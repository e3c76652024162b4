"""The fork server: loads the decoders once, and forks a child for each letter.

It never holds a byte of a letter: the child's pipes lead to the process of the portal, which is its only client. It has
one thread, so a fork copies it whole. Each child is a fresh copy that confines itself like a new interpreter, so a
letter cannot reach the next one.
"""

from __future__ import annotations

import gc
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from revocation.letters import fork_protocol
from revocation.letters.limits import Limits
from revocation.letters.reading import child
from revocation.letters.reading.confinement import end_with_parent, protect_memory

THREADS = Path("/proc/self/task")
QUIET_SECONDS = 0.1
"""After so long without a child it gets ready for the next one."""
IDLE_SECONDS = 600.0
"""After so long without a letter it ends, and gives its memory (some 50 MB) back."""

Work = Callable[[str, Limits], None]
"""What a child does with (kind, limits) on its standard input and output."""


def main(work: Work = child.read_letter) -> None:
    """Serve the client on standard input until it is gone."""
    parent = os.getppid()
    protect_memory()
    # Also sent when only the client's thread ends that started this process, which means nothing.
    signal.signal(signal.SIGHUP, lambda *_: os._exit(0) if os.getppid() != parent else None)
    end_with_parent(signal.SIGHUP)
    child.heed_bombs_only()
    ForkServer(socket.socket(fileno=sys.stdin.fileno()), work).serve()
    os._exit(0)


@dataclass(frozen=True)
class _Child:
    pid: int
    handle: int
    """A descriptor that becomes readable when the child has ended."""
    client: socket.socket


class ForkServer:
    """Has children work for the client at the other end of `channel`."""

    def __init__(self, channel: socket.socket, work: Work) -> None:
        self._work = work
        self._channel = channel
        self._children: set[_Child] = set()
        self._selector = selectors.DefaultSelector()
        self._selector.register(channel, selectors.EVENT_READ, self._answer)
        self._unprepared = list(child.READERS)

    def serve(self) -> None:
        """Answer until the client is gone and no child is left, or no letter came for long.

        What only other kinds need is loaded once there is nothing else to do, so that the first letter does not wait
        for it.
        """
        while self._selector.get_map():
            events = self._selector.select(QUIET_SECONDS if self._unprepared else IDLE_SECONDS)
            for key, _ in events:
                key.data()
            if events or self._children:
                continue
            if not self._unprepared:
                return
            child.warm_up(self._unprepared.pop(0))
            gc.freeze()  # a collection in a child would copy the pages that it marks

    def _answer(self) -> None:
        message, descriptors, _, _ = socket.recv_fds(self._channel, fork_protocol.LONGEST, fork_protocol.DESCRIPTORS)
        if not message:
            self._selector.unregister(self._channel)
            return
        client, stdin, stdout = socket.socket(fileno=descriptors[0]), *descriptors[1:]
        kind, limits = fork_protocol.requested(message)
        child.reader_of(kind)
        if len(list(THREADS.iterdir())) != 1:
            raise RuntimeError("A fork would copy one thread of several.")
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            pid = fork_protocol.NO_PROCESS
        else:
            if pid == 0:
                self._be_child(server, stdin, stdout, kind, limits)
            self._watch(_Child(pid, os.pidfd_open(pid), client))
        os.close(stdin)
        os.close(stdout)
        _tell(client, pid)
        if pid == fork_protocol.NO_PROCESS:
            client.close()

    def _watch(self, made: _Child) -> None:
        self._children.add(made)
        self._selector.register(made.handle, selectors.EVENT_READ, lambda: self._bury(made))
        self._selector.register(made.client, selectors.EVENT_READ, lambda: self._kill(made))

    def _be_child(self, server: int, stdin: int, stdout: int, kind: str, limits: Limits) -> NoReturn:
        status = 1
        try:
            os.setsid()
            signal.signal(signal.SIGHUP, signal.SIG_DFL)
            end_with_parent(signal.SIGKILL)
            if os.getppid() == server:
                os.dup2(stdin, 0)
                os.dup2(stdout, 1)
                os.closerange(3, os.sysconf("SC_OPEN_MAX"))
                self._work(kind, limits)
                status = 0
        finally:
            os._exit(status)

    def _kill(self, made: _Child) -> None:
        """Kill a child that its client gave up: the client never writes, so its socket was closed."""
        if made in self._children:
            self._selector.unregister(made.client)
            _kill_session(made.pid)

    def _bury(self, made: _Child) -> None:
        """Kill what is left of the child's session, reap the child, and tell the client how it ended."""
        self._children.remove(made)
        ended = os.waitid(os.P_PID, made.pid, os.WEXITED | os.WNOWAIT)
        _kill_session(made.pid)  # until the child is reaped no other process can have its id
        os.waitpid(made.pid, 0)
        self._selector.unregister(made.handle)
        os.close(made.handle)
        with suppress(KeyError):
            self._selector.unregister(made.client)
        if ended:
            _tell(made.client, ended.si_code, ended.si_status)
        made.client.close()


def _kill_session(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)  # it may not have a session of its own yet
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _tell(client: socket.socket, *numbers: int) -> None:
    with suppress(OSError):  # the client has closed its end
        client.send(fork_protocol.reply(*numbers))
