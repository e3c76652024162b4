"""HTTP to an authority's interface, for drivers of any protocol: bounded in time and size, without redirects.

What goes wrong on the way becomes `TryAgain`. An authority's headers and words are read here, too.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from revocation.authorities.interface import TryAgain
from revocation.authorities.messages import MESSAGES
from revocation.messages import Message, Words

SECONDS = 20
"""For all calls of one conversation together; two of them and a look fit into `dispatch.LEASE`."""

SECONDS_EACH = 8
"""To connect, and between two bytes of the answer."""

LARGEST_ANSWER = 1024 * 1024
"""Bytes."""

TOO_LONG = "It takes too long altogether."
LONGEST_PAUSE = timedelta(days=1)
LONGEST_DETAIL = 500


class Deadline:
    """The time by which all calls of one conversation must end."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._ends = time.monotonic() + seconds

    def seconds_left(self) -> float:
        """Return the seconds left. Raises `requests.exceptions.Timeout` when there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise requests.exceptions.Timeout(TOO_LONG)
        return left


def exchange(
    session: requests.Session, method: str, url: str, *args: Any, deadline: Deadline, **kwargs: Any
) -> requests.Response:
    """Send one request and read the whole answer. A redirect is not followed.

    Raises what `requests` raises, also when the time is over or the answer has over `LARGEST_ANSWER` bytes.
    """
    kwargs |= {"timeout": min(SECONDS_EACH, deadline.seconds_left()), "allow_redirects": False, "stream": True}
    return within(deadline.seconds_left(), lambda: _read(session, method, url, *args, **kwargs))


def _read(session: requests.Session, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
    body = bytearray()
    with session.request(method, url, *args, **kwargs) as response:
        for chunk in response.iter_content(16 * 1024):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise requests.exceptions.ContentDecodingError(f"The answer has over {LARGEST_ANSWER} bytes.")
    response._content = bytes(body)
    return response


def within(seconds: float, act: Callable[[], requests.Response]) -> requests.Response:
    """Return or raise what `act` does, if it ends in time.

    `requests` bounds each wait only. A server that sends a byte a second, even of a header, would be waited for without
    end. A thread that is given up ends with its connection.
    """
    outcome: queue.SimpleQueue[requests.Response | Exception] = queue.SimpleQueue()

    def run() -> None:
        try:
            outcome.put(act())
        except Exception as failed:  # noqa: BLE001 it is raised where the answer is waited for
            outcome.put(failed)

    threading.Thread(target=run, daemon=True).start()
    try:
        found = outcome.get(timeout=seconds)
    except queue.Empty:
        raise requests.exceptions.Timeout(TOO_LONG) from None
    if isinstance(found, Exception):
        raise found
    return found


@contextmanager
def reaching(name: str) -> Iterator[None]:
    """Turn what goes wrong on the way to an authority into TryAgain. `name`: the authority's."""
    try:
        yield
    except requests.exceptions.SSLError as wrong:
        raise TryAgain(about(name, "tls_unchecked", short(wrong))) from None
    except (requests.exceptions.RequestException, OSError) as outage:
        raise TryAgain(about(name, "unreachable", short(outage))) from None


def retry_after(header: str, now: datetime) -> timedelta | None:
    """Read the header Retry-After: seconds or a date (RFC 9110 section 10.2.3).

    Returns a second to a day, or None when the header cannot be read.
    """
    try:
        pause = timedelta(seconds=int(header)) if header.isdecimal() else parsedate_to_datetime(header) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(pause, timedelta(seconds=1)), LONGEST_PAUSE)


def json_of(response: requests.Response) -> Any:
    """Return the JSON of the answer; None when it is not JSON."""
    try:
        return response.json()
    except ValueError:
        return None


def printable(text: str) -> str:
    """Return an authority's words, fit to be shown."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:LONGEST_DETAIL])


def about(name: str, code: str, words: Words) -> Message:
    """Return a sentence of ours about an authority, with the words that explain it."""
    return MESSAGES.message(code, {"authority": name, "words": words})


def short(problem: Exception) -> str:
    """Return an exception in its own words, fit to be shown."""
    return printable(str(problem) or type(problem).__name__)
