"""The portal's own words in what was recorded, said in the reader's language.

An event keeps them as a code and what fills it, beside the sentence of that day. What has no code was said by a person,
an authority or a program, or was written before codes were kept: it is quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from revocation.authorities.sayings import TEXTS, say
from revocation.letters.inspection import LetterRejected
from revocation.models import Event, EventKind
from revocation.ownership.providers.interface import SENTENCES as PROVIDER_TEXTS
from revocation.services.letters import explain
from revocation.services.transitions import why_not_you

Data = Mapping[str, Any]


def of_authority(code: str, params: Data) -> str:
    """A sentence of `sayings.TEXTS`; empty for a code that is not there (any more)."""
    return say(code, params, _) if code in TEXTS else ""


def _of_file(data: Data) -> str:
    return explain(LetterRejected(data["code"], data["params"])) if "params" in data else ""


def _of_provider(data: Data) -> str:
    return _(PROVIDER_TEXTS[data["code"]]) % data["params"] if data.get("code") in PROVIDER_TEXTS else ""


def _of_order(data: Data) -> str:
    return of_authority(data.get("code", ""), data.get("params", {}))


def _of_decision(data: Data) -> str:
    return why_not_you(part=data["takes_part"]) if "takes_part" in data else ""


WORDED: Mapping[EventKind, Callable[[Data], str]] = {
    EventKind.AUTHORITY_WAITS: _of_order,
    EventKind.AUTHORITY_FAILED: _of_order,
    EventKind.AUTHORITY_STUCK: _of_order,
    EventKind.LETTER_REFUSED: _of_file,
    EventKind.EVIDENCE_REFUSED: _of_file,
    EventKind.DECISION_REFUSED: _of_decision,
    EventKind.RECORD_REFUSED: _of_provider,
}
"""Events whose words are the portal's or a program's, never a person's."""


def own_words(event: Event) -> str:
    """The portal's sentence in the active language; empty where the words are somebody else's."""
    worded = WORDED.get(EventKind(event.kind))
    return worded(event.data) if worded else ""


def is_quoted(event: Event) -> bool:
    """A program's words, or the portal's of a time before codes were kept: English."""
    return event.kind in WORDED and bool(event.why) and not own_words(event)
