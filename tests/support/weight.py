"""What a browser without a cache must fetch for a page, and what it waits for before it draws."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

LOADED = re.compile(r"<(?:link|script|img)\b[^>]*>")
ADDRESS = re.compile(r'\b(?:href|src)="([^"]+)"')


@dataclass(frozen=True)
class Weight:
    """`page`: bytes of the page. `files`: bytes of each file that it names. Both as they are sent, compressed.

    `blocking`: the style sheets and scripts that it waits for.
    """

    page: int
    files: dict[str, int]
    blocking: list[str]

    @property
    def requests(self) -> int:
        return 1 + len(self.files)

    @property
    def transferred(self) -> int:
        return self.page + sum(self.files.values())


def weigh(client: Client, address: str) -> Weight:
    """Fetch the page as browsers do. Raises `AssertionError` unless it is a page, and sent compressed."""
    answer = client.get(address, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert (answer.status_code, answer.headers["Content-Encoding"]) == (200, "gzip")
    loaded = LOADED.findall(gzip.decompress(answer.content).decode())
    named = {found[1]: tag for tag in loaded if (found := ADDRESS.search(tag))}
    return Weight(
        page=len(answer.content),
        files={address: _sent(address) for address in named},
        blocking=[address for address, tag in named.items() if _blocks(tag)],
    )


def _blocks(tag: str) -> bool:
    return 'rel="stylesheet"' in tag or (tag.startswith("<script") and " defer" not in tag and " async" not in tag)


def _sent(address: str) -> int:
    """Return the bytes of a static file as WhiteNoise sends it; of an address that is no file, 0."""
    found = finders.find(address.removeprefix(settings.STATIC_URL)) if address.startswith(settings.STATIC_URL) else None
    return len(gzip.compress(Path(found).read_bytes())) if found else 0
