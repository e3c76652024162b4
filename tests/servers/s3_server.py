"""A real S3 server (`rclone serve s3`) on loopback, and a wire before it that can be cut or that lies."""

from __future__ import annotations

import contextlib
import socket
import socketserver
import subprocess
import threading
import time
from pathlib import Path

from tests.postgresql import free_port

KEY, SECRET, BUCKET = "tests", "not-a-secret", "letters"


class S3Server:
    """The server. `folder`: where its objects lie, one folder a bucket."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        (folder / BUCKET).mkdir(parents=True)
        self.process = self._started()

    def _started(self) -> subprocess.Popen[bytes]:
        address = f"127.0.0.1:{self.port}"
        command = ["rclone", "serve", "s3", "--config", "/dev/null", "--addr", address, "--auth-key", f"{KEY},{SECRET}"]
        # What tests do to the folder is seen at once.
        command += ["--dir-cache-time", "1ms", "--vfs-cache-mode", "off"]
        process = subprocess.Popen([*command, str(self.folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return process
            except OSError:
                time.sleep(0.05)
        raise AssertionError("rclone serve s3 did not come up")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        self.process = self._started()

    def objects(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (self.folder / BUCKET).iterdir() if path.is_file()}


class Wire:
    """Forwards to the server. `cut_after`: bytes of requests after which the server is killed and the line is dead.
    `lies`: this many answers to PUTs are replaced by an error, after the server has stored the object."""

    def __init__(self, server: S3Server) -> None:
        self.server = server
        self.cut_after: int | None = None
        self.lies = 0
        wire = self

        class Line(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                wire.carry(self.request)

        self.listener = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line)
        self.listener.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.listener.server_address[1]}"
        threading.Thread(target=self.listener.serve_forever, daemon=True).start()

    def carry(self, customer: socket.socket) -> None:
        try:
            there = socket.create_connection(("127.0.0.1", self.server.port), 2)
        except OSError:
            return
        is_put = threading.Event()
        threading.Thread(target=self._answers, args=(there, customer, is_put), daemon=True).start()
        sent = 0
        with there, contextlib.suppress(OSError):
            while data := customer.recv(65536):
                if data[:4] in (b"PUT ", b"GET ", b"HEAD", b"DELE"):  # a line carries several requests
                    (is_put.set if data.startswith(b"PUT ") else is_put.clear)()
                there.sendall(data)
                sent += len(data)
                if self.cut_after is not None and sent > self.cut_after:
                    self.server.kill()
                    return

    def _answers(self, there: socket.socket, customer: socket.socket, is_put: threading.Event) -> None:
        with customer, contextlib.suppress(OSError):
            while data := there.recv(65536):
                if is_put.is_set() and self.lies and not data.startswith(b"HTTP/1.1 100"):
                    self.lies -= 1
                    customer.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                    return
                customer.sendall(data)

    def close(self) -> None:
        self.listener.shutdown()
        self.listener.server_close()
