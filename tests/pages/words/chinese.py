"""The English words and punctuation that a reader of a Chinese page meets.

Names, quotations and terms of standards do not count.
"""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

UNREAD = {"script", "style", "code", "pre", "kbd", "textarea"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
SPOKEN = {"title", "aria-label", "placeholder", "alt"}
TOKEN = re.compile(r"[A-Za-z0-9@._/:+*\[\]%-]*[A-Za-z][A-Za-z0-9@._/:+*\[\]%-]*")
WORD = re.compile(r"[A-Za-z]{3,}|[a-z]{2,}")
NO_WORD = re.compile(r"[0-9@._/:*]|^[A-F]{8}$")
"""Names, numbers and addresses. Once in some thousands the end of a serial number in hexadecimal has no digit."""
HALF_WIDTH = re.compile(r"[\u3400-\u9fff”）][,:;.!?(]|[,:;!?] ?[\u3400-\u9fff]|[。，、：；！？] (?![–|])")
"""Punctuation of English beside a Chinese character, and a blank after Chinese punctuation."""
UNSEEN = re.compile(r"<(script|style|textarea)\b.*?</\1>", re.DOTALL)
INLINE = re.compile(r"</?(?:b|code|em|kbd|span|strong|time)\b[^>]*>")
PLACE = re.compile(r"%[a-z]+%")
"""Where a script puts a value."""


class Words(HTMLParser):
    """Collects the texts and spoken attributes, except in quotations (`lang=en`), people's words and code."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, bool]] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if not self.is_unread():
            self.texts += [text for name, text in attrs if name in SPOKEN and text]
        if tag not in VOID:
            words = "words" in (given.get("class") or "").split()
            self.open.append((tag, tag in UNREAD or words or given.get("lang") == "en"))

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self.is_unread():
            self.texts.append(data)

    def is_unread(self) -> bool:
        return any(unread for _, unread in self.open)


def english(page: str, allowed: frozenset[str]) -> dict[str, str]:
    """Return each English word of the page that is not allowed, with the text around it."""
    words = Words()
    words.feed(page)
    found = {}
    for text in words.texts:
        for token in TOKEN.findall(PLACE.sub("", text)):
            bare = token.strip(".:/-%[]")
            if NO_WORD.search(bare):
                continue
            for word in WORD.findall(bare):
                if word.lower() not in allowed:
                    found[word] = " ".join(text.split())[:120]
    return found


def half_width(page: str) -> list[str]:
    """Return the texts of a Chinese page, between its blocks, in which English punctuation or a blank is left."""
    texts = re.split(r"<[^>]*>", INLINE.sub("", UNSEEN.sub("", page)))
    return [text for text in (" ".join(unescape(text).split()) for text in texts) if HALF_WIDTH.search(text)]
