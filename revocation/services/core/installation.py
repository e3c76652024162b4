"""Facts that all machines of one installation must agree on (threat 54).

The first machine writes a fact down, and the others compare theirs with it.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from django.conf import settings

from revocation.models import InstallationFact

SECRETS = ("SECRET_KEY", "KEY_ENCRYPTION_KEY")


class SecretsDiffer(Exception):
    """This process has secrets that are not the installation's. `names`: which. `str()` says what to do."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(
            f"{' and '.join(names)}: not the value with which this installation was begun. Every machine needs it. "
            "Set the installation's value here; or, if it was changed on purpose everywhere, run "
            "`manage.py installation --accept-secrets` once. (What was encrypted with another KEY_ENCRYPTION_KEY stays "
            "unreadable.)"
        )


def fact(name: str) -> str:
    """Return the value that was noted, or "" if none was."""
    return InstallationFact.objects.filter(name=name).values_list("value", flat=True).first() or ""


def note(name: str, value: str, *, at: datetime) -> str:
    """Write a fact down unless one exists; return the one that counts. Of two writers at once the first wins."""
    row, _ = InstallationFact.objects.get_or_create(name=name, defaults={"value": value, "noted_at": at})
    return row.value


def replace(name: str, old: str, new: str, *, at: datetime) -> bool:
    """Change a fact if it still says `old`."""
    return bool(InstallationFact.objects.filter(name=name, value=old).update(value=new, noted_at=at))


def differing_secrets() -> list[str]:
    """Return the secrets of this process that differ from the installation's. One that nobody noted does not differ."""
    noted = dict(InstallationFact.objects.filter(name__in=SECRETS).values_list("name", "value"))
    return [name for name in SECRETS if name in noted and not hmac.compare_digest(noted[name], _print_of(name))]


def agree(*, at: datetime) -> None:
    """Note the secrets of this process, or compare them with those noted. Raises `SecretsDiffer`."""
    for name in SECRETS:
        note(name, _print_of(name), at=at)
    if differing := differing_secrets():
        raise SecretsDiffer(differing)


def accept_secrets(*, at: datetime) -> None:
    """Make the secrets of this process those of the installation."""
    for name in SECRETS:
        InstallationFact.objects.update_or_create(name=name, defaults={"value": _print_of(name), "noted_at": at})


def _print_of(name: str) -> str:
    """Return a digest that differs for each secret. It reveals nothing about one as strong as production requires."""
    return hmac.new(getattr(settings, name).encode(), f"certportal {name}".encode(), hashlib.sha256).hexdigest()[:32]
