"""`manage.py acme_account VERB AUTHORITY`: the portal's account at an ACME authority."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from revocation.authorities import registry
from revocation.authorities.acme.account import AccountRefused, ExternalBinding, create, rotate, thumbprint
from revocation.authorities.acme.driver import AcmeDriver
from revocation.authorities.acme.models import AcmeAccount
from revocation.authorities.acme.network import asking
from revocation.authorities.interface import NeedsAttention, TryAgain
from revocation.management.commands.import_certificates import read_bounded

HMAC_VARIABLE = "ACME_EAB_HMAC"


def acme_authority(slug: str) -> AcmeDriver:
    """Return the driver of an ACME authority. Raises `CommandError` when the slug is unknown or has another driver."""
    try:
        found = registry.authority(slug)
    except registry.UnknownAuthority as unknown:
        raise CommandError(str(unknown)) from None
    if not isinstance(found, AcmeDriver):
        raise CommandError(f"“{slug}” is not an ACME authority. AUTHORITIES gives it another driver.")
    return found


class Command(BaseCommand):
    help = (
        "Manage the portal's ACME account. create: register an account with a new key, or use the key of --key. "
        "rotate: change the key. show: print the account. Run an interrupted command again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("verb", choices=list(VERBS))
        parser.add_argument("authority", metavar="AUTHORITY", help="slug in AUTHORITIES")
        parser.add_argument("--contact", default="", metavar="E-MAIL", help="email address for messages from the CA")
        parser.add_argument("--agree-terms", action="store_true", help="agree to the CA's terms of service")
        parser.add_argument(
            "--key", type=Path, metavar="FILE", help="key of an existing account (PEM or certbot's JSON)"
        )
        parser.add_argument(
            "--eab-kid", default="", metavar="ID", help=f"external account binding (HMAC key in {HMAC_VARIABLE})"
        )

    def handle(self, *args: Any, verb: str, authority: str, **options: Any) -> None:
        driver = acme_authority(authority)
        try:
            with asking(driver.name):
                account = VERBS[verb](driver, options)
        except (AccountRefused, NeedsAttention, TryAgain, OSError) as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(_told(driver, account))


def _create(driver: AcmeDriver, options: dict[str, Any]) -> AcmeAccount:
    key = read_bounded(options["key"]) if options["key"] else None
    if key is None and not options["agree_terms"]:
        raise CommandError("Read the CA's terms of service, then run the command with --agree-terms.")
    binding = None
    if options["eab_kid"]:
        if not os.environ.get(HMAC_VARIABLE):
            raise CommandError(f"Set {HMAC_VARIABLE} to the HMAC key of the external account binding.")
        binding = ExternalBinding(options["eab_kid"], os.environ[HMAC_VARIABLE])
    return create(driver, contact=options["contact"], binding=binding, at=timezone.now(), key_pem=key)


def _rotate(driver: AcmeDriver, options: dict[str, Any]) -> AcmeAccount:
    return rotate(driver, at=timezone.now())


def _show(driver: AcmeDriver, options: dict[str, Any]) -> AcmeAccount:
    try:
        return AcmeAccount.objects.get(slug=driver.slug)
    except AcmeAccount.DoesNotExist:
        raise CommandError(f"The portal has no account at {driver.name} yet.") from None


VERBS: dict[str, Callable[[AcmeDriver, dict[str, Any]], AcmeAccount]] = {
    "create": _create,
    "rotate": _rotate,
    "show": _show,
}


def _told(driver: AcmeDriver, account: AcmeAccount) -> str:
    lines = [
        f"Account at {driver.name}: {account.uri or 'not registered yet (run create again)'}",
        f"Directory: {account.directory}",
        f"Key: {thumbprint(account)} since {account.key_since:%Y-%m-%d %H:%M} UTC",
    ]
    if account.next_encrypted_key is not None:
        lines.append("A key change is not confirmed yet. Run rotate again.")
    return "\n".join(lines)
