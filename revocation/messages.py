"""What the portal says of a refusal or a failure: a code that stays the same, what fills its sentence, the sentence.

Pure Python, the lowest layer. Each module keeps its sentences in a table named `MESSAGES`; a `Message` is kept in rows
and events as JSON and rendered for each reader in his language. docs/refusals.md lists all codes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from revocation.marking import gettext_noop

Translate = Callable[[str], str]

OR = gettext_noop(" or ")


@dataclass(frozen=True)
class Entry:
    """What the catalogue knows of a code.

    `sentences`: English, one after the other. `status`: of the HTTP answer, where the refusal becomes one. `words`:
    parameters that are words of ours, to be translated as well.
    """

    code: str
    sentences: tuple[str, ...]
    status: int | None = None
    words: frozenset[str] = frozenset()

    @property
    def english(self) -> str:
        return " ".join(self.sentences)


CATALOGUE: dict[str, Entry] = {}
"""Code -> what is known of it; filled by `table` while the modules are imported."""
EARLIER: dict[str, str] = {}
"""A code as rows have it that were written before codes had a subject -> the code of today."""


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
        """Both together; a name that both have means what it means in `other`."""
        return Table({**self._codes, **other._codes})

    def message(self, name: str, params: Mapping[str, Any] | None = None) -> Message:
        """The message of a code without its subject."""
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
    kept_bare: bool = False,
) -> Table:
    """Put sentences into the catalogue as `subject.name`, and return them by name.

    `kept_bare`: rows of earlier times have these codes without the subject. Raises ValueError for a code that has
    another sentence already.
    """
    codes = {name: f"{subject}.{name}" for name in sentences}
    for name, code in codes.items():
        said = sentences[name]
        entry = Entry(code, (said,) if isinstance(said, str) else said, status, words)
        if CATALOGUE.setdefault(code, entry) != entry:
            raise ValueError(f"there are two messages with the code {code}")
        if kept_bare and EARLIER.setdefault(name, code) != code:
            raise ValueError(f"rows of earlier times may mean {code} or {EARLIER[name]} by {name}")
    return Table(codes)


@dataclass(frozen=True)
class Message:
    """`code`: a key of `CATALOGUE`. `params`: plain values, other messages, lists of both. `str()` is the sentence in
    the reader's language."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return render(self)

    @property
    def in_english(self) -> str:
        return render(self, str)

    def as_json(self) -> dict[str, Any]:
        """What rows and events keep: {"code": …, "params": {…}}."""
        return {"code": self.code, "params": {name: _plain(value) for name, value in self.params.items()}}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Message | None:
        """The message that a row keeps; None where there is none, or where its code is not known (any more)."""
        code = kept.get("code", "")
        code = EARLIER.get(code, code)
        return cls(code, kept.get("params") or {}) if code in CATALOGUE else None


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.as_json()
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


class Language:
    """Into which language `render` translates; the app sets Django's gettext when it starts."""

    translate: ClassVar[Translate] = staticmethod(str)


def render(message: Message, translate: Translate | None = None) -> str:
    """Return the sentence in the reader's language; messages in its parameters are rendered first.

    `translate`: instead of the reader's language; `str` gives English. Raises KeyError when a parameter is missing.
    """
    say = translate or Language.translate
    entry = CATALOGUE[message.code]
    params = {
        name: _word(value, say) if name in entry.words else _filling(value, say)
        for name, value in message.params.items()
    }
    return " ".join(say(sentence) % params for sentence in entry.sentences)


def _word(value: Any, say: Translate) -> str:
    return say(str(value)) if value else ""


def _filling(value: Any, say: Translate) -> str:
    if isinstance(value, Message):
        return render(value, say)
    if isinstance(value, Mapping) and (kept := Message.from_json(value)):
        return render(kept, say)
    if isinstance(value, list | tuple):
        filled = [_filling(each, say) for each in value]
        return any_of(filled, say) if all(isinstance(each, str) for each in value) else " ".join(filled)
    return str(value)


def any_of(words: list[str], translate: Translate | None = None) -> str:
    """Join alternatives: “JPG, PNG or PDF”."""
    *others, last = words or [""]
    return f"{', '.join(others)}{(translate or Language.translate)(OR)}{last}" if others else last


class Refused(Exception):
    """A refusal or a failure; `str()` is its sentence in the reader's language.

    `subject`: of all codes of a class whose callers leave it out; then `code` is the code without it.
    """

    subject: ClassVar[str] = ""
    message: Message
    code: str
    params: dict[str, Any]

    def __init__(self, code: str, /, **params: Any) -> None:
        self.carry(Message(f"{self.subject}.{code}" if self.subject else code, params))

    @classmethod
    def of(cls, message: Message) -> Self:
        """The exception of this class that carries a message made elsewhere."""
        made = cls.__new__(cls)
        made.carry(message)
        return made

    def carry(self, message: Message) -> None:
        """Be the exception of this message."""
        Exception.__init__(self, message.code, dict(message.params))
        self.message, self.params = message, dict(message.params)
        self.code = message.code.removeprefix(f"{self.subject}.")

    def __str__(self) -> str:
        return render(self.message)

    @property
    def http_status(self) -> int | None:
        """Of the answer to a request that met this refusal; None where no request should meet it."""
        return CATALOGUE[self.message.code].status


Words = Message | str
"""The portal's own, or somebody else's that are quoted."""

QUOTED = table("quoted", {"words": "%(words)s"})


def as_message(words: Words) -> Message:
    """The words, those of somebody else as a quotation."""
    return words if isinstance(words, Message) else QUOTED.message("words", {"words": words})


def in_english(words: Words) -> str:
    """For a column that keeps the sentence of the day beside its code."""
    return words.in_english if isinstance(words, Message) else words


def kept(words: Words) -> dict[str, Any]:
    """For an event's data; empty for what is quoted."""
    return words.as_json() if isinstance(words, Message) else {}
