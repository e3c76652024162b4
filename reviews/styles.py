"""The lists' style sheet: the admin's sheets and ours in one file, so that a list waits for one and not for five."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.utils import matches_patterns
from django.core.checks import CheckMessage
from django.core.files.storage import FileSystemStorage, Storage

SHEET = "admin/css/lists.css"
"""Beside the admin's own sheets, since these name their pictures relative to themselves."""
PARTS = (
    "admin/css/base.css",
    "admin/css/dark_mode.css",
    "reviews/reviews.css",
    "admin/css/changelists.css",
    "admin/css/responsive.css",
)
"""In the order in which the admin's page of a list links them: later rules win."""


class ListStyles(finders.BaseFinder):
    """A finder of static files that puts `SHEET` together from its parts, whichever release of Django is installed."""

    def __init__(self, app_names: Any = None, *args: Any, **kwargs: Any) -> None:
        self.storage = FileSystemStorage(location=settings.VAR_DIR / "styles")

    def check(self, **kwargs: Any) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """Return the sheet's path, or [] for the name of any other file."""
        if path != SHEET:
            return []
        made = str(self._make())
        return [made] if find_all else made

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        if not matches_patterns(SHEET, ignore_patterns or ()):
            self._make()
            yield SHEET, self.storage

    def _make(self) -> Path:
        """Write the sheet if it is missing or a part changed. Processes that do it at once write the same."""
        path, content = Path(self.storage.path(SHEET)), "\n".join(map(_part, PARTS))
        if path.exists() and path.read_text() == content:
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, delete=False) as new:
            new.write(content)
        Path(new.name).chmod(0o644)
        return Path(new.name).replace(path)


def _part(name: str) -> str:
    """Return the text of a style sheet. Raises `FileNotFoundError` where no app has it."""
    found = finders.find(name)
    if found is None:
        raise FileNotFoundError(name)
    return Path(found).read_text()
