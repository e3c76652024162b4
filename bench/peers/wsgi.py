"""Requests to a WSGI application without a network. Used by the portal's process and by those of its peers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass
class Answer:
    """What the application answered. `headers`: names in lower case."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def ask(
    application: Application, path: str, body: bytes | None = None, *, headers: Mapping[str, str] | None = None
) -> Answer:
    """GET, or POST a `body`. `headers`: more of the environment, by WSGI's names. Raises `RuntimeError` on errors.

    An error page would be quick and give a wrong figure.
    """
    path, _, query = path.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET" if body is None else "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body or b""),
        "wsgi.errors": sys.stderr,
        "CONTENT_LENGTH": str(len(body or b"")),
        "CONTENT_TYPE": "",
        **(headers or {}),
    }
    answer = Answer()

    def begin(status: str, sent: list[tuple[str, str]], *_: object) -> None:
        answer.status = int(status.split()[0])
        answer.headers = {name.lower(): value for name, value in sent}

    chunks = application(environ, begin)
    try:
        answer.body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close:
            close()
    if answer.status != 200:
        raise RuntimeError(f"{path} answers with status {answer.status}.")
    return answer
