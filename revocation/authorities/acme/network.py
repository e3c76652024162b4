"""The acme library's network, bounded as `authorities.http` does it, and refusals with all that they say.

`asking` turns what can go wrong into TryAgain and NeedsAttention of `revocation.authorities.interface`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import josepy
import requests
from acme import errors
from acme.client import ClientNetwork

from revocation.authorities.http import (
    SECONDS,
    SECONDS_EACH,
    Deadline,
    about,
    exchange,
    json_of,
    printable,
    reaching,
    retry_after,
    short,
)
from revocation.authorities.interface import NeedsAttention, TryAgain
from revocation.authorities.messages import AuthorityFailed
from revocation.messages import Message

NONCE_ATTEMPTS = 8
OUTAGES = frozenset({"rateLimited", "serverInternal", "badNonce"})
ERROR_PREFIX = "urn:ietf:params:acme:error:"
PATIENCE = frozenset({408, 425, 429})


class AcmeProblem(AuthorityFailed):
    """The authority answered with an error. `code`: of RFC 8555 section 6.7, or empty."""

    def __init__(self, code: str, detail: str, status: int, retry_after: timedelta | None) -> None:
        named = code or f"status {status}"
        super().__init__(f"{detail} ({named})" if detail else Message("authority.no_reason_given", {"code": named}))
        self.code, self.status, self.retry_after = code, status, retry_after

    @property
    def is_outage(self) -> bool:
        return self.code in OUTAGES or self.status >= 500 or self.status in PATIENCE


class Network(ClientNetwork):
    """The network of one conversation. `key` and `account` may be None for what needs no signature."""

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
        self.deadline = Deadline(seconds)

    def post(self, *args: Any, **kwargs: Any) -> requests.Response:
        """POST, and again with a fresh nonce where one is refused: `NONCE_ATTEMPTS` at most (RFC 8555 section 6.5)."""
        for attempt in range(NONCE_ATTEMPTS):
            try:
                return self._post_once(*args, **kwargs)
            except AcmeProblem as refused:
                if refused.code != "badNonce" or attempt == NONCE_ATTEMPTS - 1:
                    raise
                self._nonces.clear()
        raise AssertionError("unreachable")

    def post_signed(self, url: str, body: bytes) -> requests.Response:
        """POST a JWS that somebody else signed, once."""
        headers = {"Content-Type": self.JOSE_CONTENT_TYPE}
        return self._check_response(self._send_request("POST", url, data=body, headers=headers))

    def fresh_nonce(self, new_nonce_url: str) -> str:
        """Get a nonce, as it has to stand in a JWS header."""
        return str(self._check_response(self.head(new_nonce_url)).headers[self.REPLAY_NONCE_HEADER])

    def _send_request(self, method: str, url: str, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["headers"] = {"User-Agent": self.user_agent, **kwargs.get("headers", {})}
        kwargs["verify"] = self.verify_ssl
        return exchange(self.session, method, url, *args, deadline=self.deadline, **kwargs)

    @classmethod
    def _check_response(cls, response: requests.Response, content_type: str | None = None) -> requests.Response:
        if not 200 <= response.status_code < 300:
            raise refusal(response)
        if content_type == cls.JSON_CONTENT_TYPE and not isinstance(json_of(response), dict):
            raise errors.ClientError("Its answer is not a JSON object.")
        return response

    def _add_nonce(self, response: requests.Response) -> None:
        """Keep the nonce of an answer. An answer to a POST may lack it, and counts all the same."""
        if response.request.method != "POST" or self.REPLAY_NONCE_HEADER in response.headers:
            super()._add_nonce(response)


def refusal(response: requests.Response) -> AcmeProblem:
    """Read the error in a response: a problem document (RFC 7807) or anything else."""
    found = json_of(response)
    problem = found if isinstance(found, dict) else {}
    code = str(problem.get("type", ""))
    return AcmeProblem(
        code=code.removeprefix(ERROR_PREFIX) if code.startswith(ERROR_PREFIX) else "",
        detail=printable(str(problem.get("detail", ""))),
        status=response.status_code,
        retry_after=retry_after(response.headers.get("Retry-After", ""), datetime.now(UTC)),
    )


@contextmanager
def asking(name: str) -> Iterator[None]:
    """Turn what goes wrong inside into TryAgain or NeedsAttention. `name`: the authority's."""
    try:
        with reaching(name):
            yield
    except AcmeProblem as refused:
        if refused.is_outage:
            raise TryAgain(about(name, "cannot_answer", refused.words), refused.retry_after) from None
        raise NeedsAttention(about(name, "refuses", refused.words)) from None
    except (errors.Error, josepy.errors.Error, ValueError, KeyError, TypeError, AttributeError) as odd:
        raise TryAgain(about(name, "not_acme", short(odd))) from None
