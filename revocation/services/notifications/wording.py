"""The portal's own words in what was recorded, said in the reader's language.

An event keeps them as a code with its parameters, beside the sentence of that day. Words without a code come from a
person, an authority or a program, or were written before codes were kept. They are quoted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from revocation.letters.refusals import MESSAGES as LETTER_MESSAGES
from revocation.messages import Message
from revocation.models import Event, EventKind
from revocation.ownership.providers.interface import MESSAGES as PROVIDER_MESSAGES
from revocation.services.core.errors import why_not_you

Data = Mapping[str, Any]


def of_authority(code: str, params: Data) -> str:
    """Return the sentence of a message that a row keeps; empty for a code that does not exist (any more)."""
    message = Message.from_json({"code": code, "params": params})
    return str(message) if message else ""


def _of_file(data: Data) -> str:
    return LETTER_MESSAGES.sentence(data) if "params" in data else ""


def _of_provider(data: Data) -> str:
    return PROVIDER_MESSAGES.sentence(data)


def _of_message(data: Data) -> str:
    return of_authority(data.get("code", ""), data.get("params", {}))


def _of_decision(data: Data) -> str:
    return str(why_not_you(part=data["takes_part"])) if "takes_part" in data else ""


WORDED: Mapping[EventKind, Callable[[Data], str]] = {
    EventKind.AUTHORITY_WAITS: _of_message,
    EventKind.AUTHORITY_FAILED: _of_message,
    EventKind.AUTHORITY_STUCK: _of_message,
    EventKind.ORDER_REFUSED: _of_message,
    EventKind.NOT_COMPARED: _of_message,
    EventKind.AUTHORITY_CONFIRMED: _of_message,
    EventKind.DEPLOY_REFUSED: _of_message,
    EventKind.DOWNLOAD_REFUSED: _of_message,
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
    """Return whether its words are quoted, in English: a program's, or the portal's from before codes were kept."""
    return event.kind in WORDED and bool(event.why) and not own_words(event)
