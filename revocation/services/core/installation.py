"""What the machines of one installation must agree on: whichever came first wrote it down, the others compare
(threat 54)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime

from django.conf import settings

from revocation.models import InstallationFact

SECRETS = ("SECRET_KEY", "KEY_ENCRYPTION_KEY")


class SecretsDiffer(Exception):
    """`names`: the secrets that are not those of the installation. `str()` says what to do."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(
            f"{' and '.join(names)}: not the value with which this installation was begun. Every machine needs it. "
            "Set the installation's value here; or, if it was changed on purpose everywhere, run "
            "`manage.py installation --accept-secrets` once. (What was encrypted with another KEY_ENCRYPTION_KEY stays "
            "unreadable.)"
        )


def fact(name: str) -> str:
    """What was noted, or ""."""
    return InstallationFact.objects.filter(name=name).values_list("value", flat=True).first() or ""


def note(name: str, value: str, *, at: datetime) -> str:
    """Write a fact down unless it stands already; returns what stands. Of two at once the first wins."""
    row, _ = InstallationFact.objects.get_or_create(name=name, defaults={"value": value, "noted_at": at})
    return row.value


def replace(name: str, old: str, new: str, *, at: datetime) -> bool:
    """Change a fact if it still says `old`."""
    return bool(InstallationFact.objects.filter(name=name, value=old).update(value=new, noted_at=at))


def differing_secrets() -> list[str]:
    """Secrets of this process that are not the installation's. Those that nobody noted yet differ from nothing."""
    noted = dict(InstallationFact.objects.filter(name__in=SECRETS).values_list("name", "value"))
    return [name for name in SECRETS if name in noted and not hmac.compare_digest(noted[name], _print_of(name))]


def agree(*, at: datetime) -> None:
    """This process takes part: its secrets are noted, or compared. Raises `SecretsDiffer`."""
    for name in SECRETS:
        note(name, _print_of(name), at=at)
    if differing := differing_secrets():
        raise SecretsDiffer(differing)


def accept_secrets(*, at: datetime) -> None:
    """The secrets of this process are the installation's from now on."""
    for name in SECRETS:
        InstallationFact.objects.update_or_create(name=name, defaults={"value": _print_of(name), "noted_at": at})


def _print_of(name: str) -> str:
    """Says nothing about a secret of the strength that production asks for, and differs for each."""
    return hmac.new(getattr(settings, name).encode(), f"certportal {name}".encode(), hashlib.sha256).hexdigest()[:32]
