"""certportal.E101 to E107, E115 to E118 and most warnings: what only development may have (threat 39)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from revocation.authorities.registry import problems, unfit_for_production

DEVELOPMENT_ONLY: Sequence[tuple[str, str, str]] = (
    ("DEMO", "E101", "The demo publishes accounts and plays the customer's side. Unset DEMO, or write DEMO=false."),
    ("OUTBOUND_TEST_NETWORKS", "E102", "Probes may reach non-public addresses (O8). Unset it."),
    ("OUTBOUND_TEST_PORTS", "E103", "Probes may use ports other than 80 and 443 (O6). Unset it."),
    ("DEBUG", "E106", "Pages of errors would show settings and what was typed. Unset DEBUG, or write DEBUG=false."),
)
FORGETFUL = ("InMemoryStorage", "DummyStorage")
UNDELIVERED = ("console", "dummy", "filebased", "locmem")


@register(Tags.security, deploy=True)
def development_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = [
        Error(f"{name} is set: {getattr(settings, name)}.", hint=hint, id=f"certportal.{number}")
        for name, number, hint in DEVELOPMENT_ONLY
        if getattr(settings, name)
    ]
    if point := os.environ.get("CERTPORTAL_FAULT", ""):
        hint = "It kills workers at a named point, for tests. Unset CERTPORTAL_FAULT."
        found.append(Error(f"CERTPORTAL_FAULT is set: “{point}”.", hint=hint, id="certportal.E105"))
    if not settings.SECURE_SSL_REDIRECT or not settings.SESSION_COOKIE_SECURE:
        hint = "Set HTTPS=true; a proxy before the portal holds the certificate (README, In production)."
        said = "HTTPS is false: passwords and sessions would travel in the clear."
        found.append(Error(said, hint=hint, id="certportal.E107"))
    return found


@register(Tags.security, deploy=True)
def development_authorities(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """certportal.E104: no authority is fit for development only (threat 39)."""
    hint = "Take the entry out, or give the authority's real address; see docs/settings.md."
    found = unfit_for_production(settings.AUTHORITIES) if not problems(settings.AUTHORITIES) else []
    return [Error(sentence, hint=hint, id="certportal.E104") for sentence in found]


@register(Tags.security, deploy=True)
def keeping(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """certportal.E115 to E118, W104: what the portal acknowledges is kept for good, and in one place."""
    found: list[CheckMessage] = []
    stores: dict[str, Any] = settings.STORAGES
    if str(stores["letters"]["BACKEND"]).endswith(FORGETFUL):
        hint = "Use a folder or an S3-compatible store; see LETTERS_STORAGE in docs/settings.md."
        said = "LETTERS_STORAGE keeps letters in memory: they are lost with the process."
        found.append(Error(said, hint=hint, id="certportal.E115"))
    if not settings.DATABASE_IS_NAMED:
        hint = "Write DATABASE_URL=postgres://… (or sqlite:////folder/file for a single machine)."
        said = "DATABASE_URL: it is missing. Each machine would begin a database of its own."
        return [*found, Error(said, hint=hint, id="certportal.E117")]
    database: dict[str, Any] = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return found
    if ":memory:" in str(database["NAME"]) or not database["NAME"]:
        hint = "Write DATABASE_URL=postgres://… (or sqlite:////folder/file for a single machine)."
        found.append(Error("DATABASE_URL names a database in memory.", hint=hint, id="certportal.E116"))
    elif not os.access(folder := Path(str(database["NAME"])).parent, os.W_OK):
        hint = "SQLite writes files beside its database: make the folder, and give it to the service's user."
        found.append(Error(f"DATABASE_URL: {folder} is no folder to write in.", hint=hint, id="certportal.E118"))
    else:
        hint = "Fine for one machine. For several, or for many customers: DATABASE_URL=postgres://…"
        found.append(checks.Warning("The database is SQLite.", hint=hint, id="certportal.W104"))
    return found


@register(Tags.security, deploy=True)
def people(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [*_log_in(), *_mail()]


def _log_in() -> Iterator[CheckMessage]:
    if not settings.REQUIRE_SECOND_FACTOR:
        hint = "Set REQUIRE_SECOND_FACTOR=true."
        yield checks.Warning("Staff may log in without a second factor.", hint=hint, id="certportal.W103")
    logging: dict[str, Any] = settings.LOGGING
    if logging["root"]["level"] == "DEBUG":
        hint = "Unset LOG_LEVEL, or write INFO."
        yield checks.Warning(
            "LOG_LEVEL is DEBUG: libraries write what they send into the log.", hint=hint, id="certportal.W107"
        )


def _mail() -> Iterator[CheckMessage]:
    backend = email_backend().split(".")
    if any(part in UNDELIVERED for part in backend):
        hint = "Set EMAIL_BACKEND=django.core.mail.backends.smtp.EmailBackend, and EMAIL_URL_HOST."
        yield checks.Warning("EMAIL_BACKEND delivers nothing: nobody gets a mail.", hint=hint, id="certportal.W105")
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    if "." not in domain:
        hint = "Set MAIL_FROM, for example 'Certificates <certificates@example.com>'."
        said = f"MAIL_FROM: mail servers refuse a sender at “{domain}”."
        yield checks.Warning(said, hint=hint, id="certportal.W106")


def email_backend() -> str:
    """The class that sends mail, as Django 5.2 and 6.1 name it."""
    mailers: dict[str, Any] = getattr(settings, "MAILERS", {})
    return str(mailers["default"]["BACKEND"] if mailers else settings.EMAIL_BACKEND)
