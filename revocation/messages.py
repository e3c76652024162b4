"""The messages of refusals and failures: each has a code that stays the same, parameters and a sentence.

Pure Python, the lowest layer. Each module keeps its sentences in a table named `MESSAGES`. Rows and events keep a
`Message` as JSON. It is rendered for each reader in their language. docs/refusals.md lists all codes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from revocation import joining
from revocation.joining import Language, Translate


@dataclass(frozen=True)
class Entry:
    """The catalogue's entry for a code.

    `sentences`: in English, in their order. `status`: the status of the HTTP answer, when the refusal becomes one.
    `words`: parameters that are the portal's own words and are translated too. `lists`: parameters that are
    lists in one text, “a, b” or “a; b”.
    """

    code: str
    sentences: tuple[str, ...]
    status: int | None = None
    words: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()

    @property
    def english(self) -> str:
        return " ".join(self.sentences)


CATALOGUE: dict[str, Entry] = {}
"""Code -> its entry. `table` fills it while the modules are imported."""
EARLIER: dict[str, str] = {}
"""Code without a subject, as earlier releases wrote it into rows -> the code of today."""


class Table(Mapping[str, str]):
    """The codes of one module without their subject, each with its sentence in English."""

    def __init__(self, codes: Mapping[str, str]) -> None:
        self._codes = dict(codes)

    def __getitem__(self, name: str) -> str:
        return CATALOGUE[self._codes[name]].english

    def __iter__(self) -> Iterator[str]:
        return iter(self._codes)

    def __len__(self) -> int:
        return len(self._codes)

    def __or__(self, other: Table) -> Table:
        """Return a table with the codes of both. When both have a name, `other` counts."""
        return Table({**self._codes, **other._codes})

    def message(self, name: str, params: Mapping[str, Any] | None = None) -> Message:
        """Return the message of a code that is given without its subject."""
        return Message(self._codes[name], params or {})

    def sentence(self, kept: Mapping[str, Any]) -> str:
        """Render what a row keeps as {"code": name, "params": {…}}; empty for a name that is not in the table."""
        name = kept.get("code", "")
        return render(self.message(name, kept.get("params", {}))) if name in self._codes else ""


def table(
    subject: str,
    sentences: Mapping[str, str | tuple[str, ...]],
    *,
    status: int | None = None,
    words: frozenset[str] = frozenset(),
    lists: frozenset[str] = frozenset(),
    kept_bare: bool = False,
) -> Table:
    """Put sentences into the catalogue as `subject.name`, and return them by name.

    `kept_bare`: rows of earlier releases have these codes without the subject. Raises ValueError when a code already
    has another entry, or when a bare name already means another code.
    """
    codes = {name: f"{subject}.{name}" for name in sentences}
    for name, code in codes.items():
        said = sentences[name]
        entry = Entry(code, (said,) if isinstance(said, str) else said, status, words, lists)
        if CATALOGUE.setdefault(code, entry) != entry:
            raise ValueError(f"there are two messages with the code {code}")
        if kept_bare and EARLIER.setdefault(name, code) != code:
            raise ValueError(f"rows of earlier times may mean {code} or {EARLIER[name]} by {name}")
    return Table(codes)


@dataclass(frozen=True)
class Message:
    """A code with its parameters. `str()` is the sentence in the reader's language.

    `code`: a key of `CATALOGUE`. `params`: plain values, other messages, or lists of both.
    """

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return render(self)

    @property
    def in_english(self) -> str:
        return render(self, str)

    def as_json(self) -> dict[str, Any]:
        """Return what rows and events keep: {"code": …, "params": {…}}."""
        return {"code": self.code, "params": {name: _plain(value) for name, value in self.params.items()}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Message | None:
        """Return the message that a row keeps, or None when there is none or its code is not in the catalogue."""
        code = kept.get("code", "")
        code = EARLIER.get(code, code)
        return cls(code, kept.get("params") or {}) if code in CATALOGUE else None


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.as_json()
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def render(message: Message, translate: Translate | None = None) -> str:
    """Return the sentence in the reader's language; messages in its parameters are rendered first.

    `translate` replaces the reader's language; `str` gives English. Raises KeyError when a parameter is missing.
    """
    say = translate or Language.translate
    entry = CATALOGUE[message.code]
    params = {name: _param(entry, name, value, say) for name, value in message.params.items()}
    return joining.sentences((say(sentence) % params for sentence in entry.sentences), say)


def _param(entry: Entry, name: str, value: Any, say: Translate) -> str:
    if name in entry.words:
        return say(str(value)) if value else ""
    if name in entry.lists:
        return joining.relisted(str(value), say)
    return _filling(value, say)


def _filling(value: Any, say: Translate) -> str:
    if isinstance(value, Message):
        return render(value, say)
    if isinstance(value, Mapping) and (kept := Message.from_json(value)):
        return render(kept, say)
    if isinstance(value, list | tuple):
        filled = [_filling(each, say) for each in value]
        words = all(isinstance(each, str) for each in value)
        return joining.any_of(filled, say) if words else joining.sentences(filled, say)
    return str(value)


class Refused(Exception):
    """A refusal or a failure. `str()` is its sentence in the reader's language.

    `subject`: the subject of all codes of this class. Callers leave it out, and `code` is without it.
    """

    subject: ClassVar[str] = ""
    message: Message
    code: str
    params: dict[str, Any]

    def __init__(self, code: str, /, **params: Any) -> None:
        self.carry(Message(f"{self.subject}.{code}" if self.subject else code, params))

    @classmethod
    def of(cls, message: Message) -> Self:
        """Return an exception of this class that carries a message made elsewhere."""
        made = cls.__new__(cls)
        made.carry(message)
        return made

    def carry(self, message: Message) -> None:
        """Make this exception carry the message."""
        Exception.__init__(self, message.code, dict(message.params))
        self.message, self.params = message, dict(message.params)
        self.code = message.code.removeprefix(f"{self.subject}.")

    def __str__(self) -> str:
        return render(self.message)

    @property
    def http_status(self) -> int | None:
        """The HTTP status of the answer that reports this refusal; None when no HTTP request should meet it."""
        return CATALOGUE[self.message.code].status


Words = Message | str
"""The portal's own words (`Message`), or words of somebody else, which are quoted (`str`)."""

QUOTED = table("quoted", {"words": "%(words)s"})


def as_message(words: Words) -> Message:
    """Return the words as a message. Words of somebody else become a quotation."""
    return words if isinstance(words, Message) else QUOTED.message("words", {"words": words})


def in_english(words: Words) -> str:
    """Return the words in English, for a column that keeps the sentence beside its code."""
    return words.in_english if isinstance(words, Message) else words


def kept(words: Words) -> dict[str, Any]:
    """Return the words as JSON for an event's data; empty for quoted words."""
    return words.as_json() if isinstance(words, Message) else {}
