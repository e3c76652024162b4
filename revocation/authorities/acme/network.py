"""The acme library's network, bounded: in time, in size, to the address asked; and its refusals with all they say.

`asking` turns what can go wrong into the two errors of `revocation.authorities.interface`.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import josepy
import requests
from acme import errors
from acme.client import ClientNetwork

from revocation.authorities.interface import NeedsAttention, TryAgain
from revocation.authorities.sayings import Said, Saying, Words

SECONDS = 20
"""For all calls of one `Network` together; half of what the worker's lease allows."""

SECONDS_EACH = 8
"""To connect, and between two bytes."""

LARGEST_ANSWER = 1024 * 1024
"""Bytes."""

TOO_LONG = "It takes too long altogether."
NONCE_ATTEMPTS = 8
LONGEST_PAUSE = timedelta(days=1)
LONGEST_DETAIL = 500
OUTAGES = frozenset({"rateLimited", "serverInternal", "badNonce"})
ERROR_PREFIX = "urn:ietf:params:acme:error:"
PATIENCE = frozenset({408, 425, 429})


class Refused(Said):
    """The authority answered with an error. `code`: of RFC 8555 section 6.7, or empty."""

    def __init__(self, code: str, detail: str, status: int, retry_after: timedelta | None) -> None:
        named = code or f"status {status}"
        super().__init__(f"{detail} ({named})" if detail else Saying("no_reason_given", {"code": named}))
        self.code, self.status, self.retry_after = code, status, retry_after

    @property
    def is_outage(self) -> bool:
        return self.code in OUTAGES or self.status >= 500 or self.status in PATIENCE


class Network(ClientNetwork):
    """`key` and `account` may be None for what needs no signature."""

    def __init__(
        self,
        ca_bundle: str | None,
        key: josepy.JWK | None = None,
        account: Any = None,
        seconds: float = SECONDS,
    ) -> None:
        algorithm = josepy.RS256 if isinstance(key, josepy.JWKRSA) else josepy.ES256
        super().__init__(key, account, alg=algorithm, user_agent="certportal", timeout=SECONDS_EACH)
        self.verify_ssl = ca_bundle or True  # type: ignore[assignment]  # requests takes a path, too
        self.ends = time.monotonic() + seconds

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:
        """With a fresh nonce as often as the authority wants one (RFC 8555 section 6.5)."""
        for attempt in range(NONCE_ATTEMPTS):
            try:
                return self._post_once(*args, **kwargs)
            except Refused as refused:
                if refused.code != "badNonce" or attempt == NONCE_ATTEMPTS - 1:
                    raise
                self._nonces.clear()
        raise AssertionError("unreachable")

    def post_signed(self, url: str, body: bytes) -> requests.Response:
        """POST a JWS that somebody else signed, once."""
        headers = {"Content-Type": self.JOSE_CONTENT_TYPE}
        return self._check_response(self._send_request("POST", url, data=body, headers=headers))

    def fresh_nonce(self, new_nonce_url: str) -> str:
        """As it has to stand in a header."""
        return str(self._check_response(self.head(new_nonce_url)).headers[self.REPLAY_NONCE_HEADER])

    def _send_request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["headers"] = {"User-Agent": self.user_agent, **kwargs.get("headers", {})}
        kwargs["timeout"] = min(SECONDS_EACH, self._seconds_left())
        kwargs |= {"verify": self.verify_ssl, "allow_redirects": False, "stream": True}
        return within(self._seconds_left(), lambda: self._exchange(method, url, *args, **kwargs))

    def _exchange(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        body = bytearray()
        with self.session.request(method, url, *args, **kwargs) as response:
            for chunk in response.iter_content(16 * 1024):
                body += chunk
                if len(body) > LARGEST_ANSWER:
                    raise requests.exceptions.ContentDecodingError(f"The answer has over {LARGEST_ANSWER} bytes.")
        response._content = bytes(body)
        return response

    def _seconds_left(self) -> float:
        left = self.ends - time.monotonic()
        if left <= 0:
            raise requests.exceptions.Timeout(TOO_LONG)
        return left

    @classmethod
    def _check_response(cls, response: requests.Response, content_type: str | None = None) -> requests.Response:
        if not 200 <= response.status_code < 300:
            raise refusal(response)
        if content_type == cls.JSON_CONTENT_TYPE and not isinstance(_json(response), dict):
            raise errors.ClientError("Its answer is not a JSON object.")
        return response

    def _add_nonce(self, response: requests.Response) -> None:
        """An answer to a POST may lack the next nonce: what it says counts all the same."""
        if response.request.method != "POST" or self.REPLAY_NONCE_HEADER in response.headers:
            super()._add_nonce(response)


def within(seconds: float, act: Callable[[], requests.Response]) -> requests.Response:
    """What `act` returns or raises, if it ends in time. The library bounds each wait only: whoever sends a byte a
    second, of a header too, would be waited for without end. A thread that is given up ends with its connection."""
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


def refusal(response: requests.Response) -> Refused:
    """The error in a response, a problem document (RFC 7807) or whatever else."""
    found = _json(response)
    problem = found if isinstance(found, dict) else {}
    code = str(problem.get("type", ""))
    return Refused(
        code=code.removeprefix(ERROR_PREFIX) if code.startswith(ERROR_PREFIX) else "",
        detail=printable(str(problem.get("detail", ""))),
        status=response.status_code,
        retry_after=retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC)),
    )


def retry_after(header: str, now: datetime) -> timedelta | None:
    """The header in either of its forms, seconds or a date (RFC 9110 section 10.2.3); from a second to a day."""
    try:
        pause = timedelta(seconds=int(header)) if header.isdecimal() else parsedate_to_datetime(header) - now
    except (ValueError, TypeError, OverflowError):
        return None
    return min(max(pause, timedelta(seconds=1)), LONGEST_PAUSE)


def printable(text: str) -> str:
    """An authority's words, fit to be shown."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:LONGEST_DETAIL])


@contextmanager
def asking(name: str) -> Iterator[None]:
    """What goes wrong inside becomes TryAgain or NeedsAttention; `name`: the authority's."""
    try:
        yield
    except Refused as refused:
        if refused.is_outage:
            raise TryAgain(_about(name, "cannot_answer", refused.words), refused.retry_after) from None
        raise NeedsAttention(_about(name, "refuses", refused.words)) from None
    except requests.exceptions.SSLError as wrong:
        raise TryAgain(_about(name, "tls_unchecked", _short(wrong))) from None
    except (requests.exceptions.RequestException, OSError) as outage:
        raise TryAgain(_about(name, "unreachable", _short(outage))) from None
    except (errors.Error, josepy.errors.Error, ValueError, KeyError, TypeError, AttributeError) as odd:
        raise TryAgain(_about(name, "not_acme", _short(odd))) from None


def _about(name: str, code: str, words: Words) -> Saying:
    return Saying(code, {"authority": name, "words": words})


def _short(problem: Exception) -> str:
    return printable(str(problem) or type(problem).__name__)


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
