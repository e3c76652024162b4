"""The children that a fork server makes (`reading.fork_server`): one server for each process of the portal.

It starts with the first letter, and again when the last one is used up, has ended or hangs. Linux only: elsewhere no
descriptor stands for a process, and libraries may have threads of their own.
"""

from __future__ import annotations

import atexit
import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO

from revocation.letters import fork_protocol
from revocation.letters.limits import Limits
from revocation.letters.sandbox.conversation import Child, Ended
from revocation.letters.sandbox.interpreter import isolated

START = """
import sys
sys.path.append(sys.argv[1])
from revocation.letters.reading.fork_server import main
main()
"""
MOST_FILES = 300
"""Letters of one server. All its children have their memory at the same addresses, so it does not live for ever."""
PATIENCE = 5.0
"""Seconds in which a server has a child running, its own start included. After that it counts as hung."""
SECONDS_TO_DIE = 2.0
"""How long a child that is killed may take to be reported as dead, before its server counts as hung."""
PAUSE = 60.0
"""Seconds without a server after one that never had a child running."""


class ForkServerGone(Exception):
    """No server: none can run here, or it ended or hung. The letter can be read in another way."""


class _Server:
    """A running server. `proven`: it has had a child running. `files`: how many letters it was given. `users`: how many
    of these are being read."""

    def __init__(self) -> None:
        self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._channel.setblocking(False)
        try:
            with theirs:
                self._process = isolated(START, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)
        except OSError:
            self._channel.close()
            raise
        self.files = self.users = 0
        self.proven = False

    def ask(self, message: bytes, descriptors: list[int]) -> None:
        """Ask for a child. Raises OSError when it does not listen any more."""
        socket.send_fds(self._channel, [message], descriptors)
        self.files, self.users = self.files + 1, self.users + 1

    def has_ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        """End it, and its children with it. May be called again."""
        self._channel.close()
        self._process.kill()
        self._process.wait()

    def leave_to_parent(self) -> None:
        """Let go of it in a process that was forked from its own."""
        self._channel.close()
        self._process.returncode = 0  # it cannot be waited for here


class _Forked:
    """A child of the server, as its client knows it. `ended`: how it ended, as soon as the server has said so."""

    def __init__(self, stdin: IO[bytes], stdout: IO[bytes], replies: socket.socket) -> None:
        self.stdin, self.stdout = stdin, stdout
        self.ended: Ended | None = None
        self._replies = replies
        self._pid: int | None = None

    def await_start(self) -> None:
        """Wait until it runs. Raises ForkServerGone, and OSError when there can be no further process."""
        if not self._listen(PATIENCE):
            raise ForkServerGone
        if not self._pid:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    def end(self, seconds: float) -> Ended | None:
        """Wait for its end, and kill it when it does not end in this time. Raises ForkServerGone."""
        if not self.ended:
            self._listen(seconds)
        if not self.kill():
            raise ForkServerGone
        return self.ended

    def kill(self) -> bool:
        """Have its session killed, unless the server has done so. Returns False when the server hangs."""
        if self.ended:
            return True
        with suppress(OSError):  # the server has closed its end
            self._replies.shutdown(socket.SHUT_WR)
        try:
            while self._listen(SECONDS_TO_DIE):
                if self.ended:
                    return True
        except ForkServerGone:
            return True  # the child went with it
        if self._pid:
            with suppress(ProcessLookupError):  # a server that hangs reaps nothing, so the id is still the child's
                os.killpg(self._pid, signal.SIGKILL)
        return False

    def _listen(self, seconds: float) -> bool:
        """Take in what the server says next of this child. Returns whether it did in time. Raises ForkServerGone."""
        self._replies.settimeout(seconds)
        try:
            told = fork_protocol.replied(self._replies.recv(fork_protocol.LONGEST))
        except TimeoutError:
            return False
        except OSError as error:
            raise ForkServerGone from error
        match told:
            case [pid]:
                self._pid = pid
            case [code, status]:
                self.ended = Ended(code, status)
            case _:
                raise ForkServerGone
        return True


class ForkServers:
    """The server of this process, at most one at a time, for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._none_before = 0.0

    @contextmanager
    def child(self, kind: str, limits: Limits) -> Iterator[Child]:
        """Have a child forked for one letter. Afterwards its session is killed as a group. Raises ForkServerGone."""
        if sys.platform != "linux":
            raise ForkServerGone
        with ExitStack() as ours, ExitStack() as theirs:
            replies, their_replies = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ours.enter_context(replies)
            theirs.enter_context(their_replies)
            their_stdin, stdin = _pipe(theirs, ours)
            stdout, their_stdout = _pipe(ours, theirs)
            ends = [their_replies.fileno(), their_stdin.fileno(), their_stdout.fileno()]
            server = self._taken(fork_protocol.request(kind, limits), ends)
            theirs.close()
            child = _Forked(stdin, stdout, replies)
            try:
                child.await_start()
                server.proven = True
                yield child
            except ForkServerGone:
                self._give_up(server)
                raise
            finally:
                if not child.kill():
                    self._give_up(server)
                self._give_back(server, child)

    def close(self) -> None:
        """End the server and its children."""
        with self._lock:
            server, self._server = self._server, None
        if server:
            server.kill()

    def leave_to_parent(self) -> None:
        """Begin without a server, in a process that was forked from one that may have one."""
        self._lock = threading.Lock()  # a thread of the parent may have held the other one
        if self._server:
            self._server.leave_to_parent()
        self._server = None

    def _taken(self, message: bytes, descriptors: list[int]) -> _Server:
        """Return a server that has been asked for a child. Raises ForkServerGone."""
        with self._lock:
            server, self._server = self._server, None
            if server and server.has_ended():
                server.kill()
                server = None
            if not server:
                if time.monotonic() < self._none_before:
                    raise ForkServerGone
                server = _Server()
            try:
                server.ask(message, descriptors)
            except OSError as error:
                server.kill()
                raise ForkServerGone from error
            if server.files < MOST_FILES:
                self._server = server
            return server

    def _give_back(self, server: _Server, child: _Forked) -> None:
        """Note that `child` has ended. A server without further letters ends with its last child."""
        with self._lock:
            server.users -= 1
            if self._server is server and child.ended and child.ended.code != os.CLD_EXITED:
                # The next child is not to have the memory at the addresses at which this one was killed.
                self._server = None
            is_over = self._server is not server and not server.users
        if is_over:
            server.kill()

    def _give_up(self, server: _Server) -> None:
        """End a server that hangs or has ended, and wait a while with the next one if it never worked."""
        with self._lock:
            if not server.proven:
                self._none_before = time.monotonic() + PAUSE
            if self._server is server:
                self._server = None
        server.kill()


def _pipe(of_reader: ExitStack, of_writer: ExitStack) -> tuple[IO[bytes], IO[bytes]]:
    """Make a pipe without buffers. Returns the reader, which the first stack closes, and the writer."""
    reader, writer = os.pipe()
    return (
        of_reader.enter_context(os.fdopen(reader, "rb", buffering=0)),
        of_writer.enter_context(os.fdopen(writer, "wb", buffering=0)),
    )


FORKS = ForkServers()
atexit.register(FORKS.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=FORKS.leave_to_parent)
