"""`manage.py import_acme AUTHORITY --customer SLUG`: import the certificates of an ACME account."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from certportal.accounts.models import Customer
from revocation.authorities.acme.driver import AcmeDriver
from revocation.authorities.acme.orders import orders
from revocation.authorities.interface import NeedsAttention, TryAgain
from revocation.management.commands.acme_account import acme_authority
from revocation.management.commands.import_certificates import (
    COMMAND_LINE,
    add_order_arguments,
    customer_named,
    order_facts,
    read_bounded,
)
from revocation.pki.bundle import read_bundle
from revocation.pki.facts import Level, UnreadableCertificate
from revocation.services.inventory.certificates import ImportRefused, IssuanceFacts, Result, import_bundle

CHAINS = ("fullchain*.pem", "*.crt")
"""Files in which certbot and lego keep certificates with their issuers. The keys beside them are not opened."""

Read = Callable[[], bytes | None]


class Command(BaseCommand):
    help = (
        "Import the certificates of the portal's ACME account from the CA's order list. If the CA has no order list, "
        "import them from the files of certbot or lego. A second run changes nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("authority", metavar="AUTHORITY", help="slug in AUTHORITIES")
        parser.add_argument("--customer", required=True, metavar="SLUG")
        parser.add_argument("--from", dest="folder", type=Path, metavar="FOLDER", help="/etc/letsencrypt, ~/.lego, …")
        parser.add_argument("--expired", action="store_true", help="also import expired certificates")
        add_order_arguments(parser)

    def handle(self, *args: Any, authority: str, customer: str, **options: Any) -> None:
        driver, owner = acme_authority(authority), customer_named(customer)
        order = order_facts(options, authority=driver.slug)
        sources = _in_folder(options["folder"]) if options["folder"] else _orders_of(driver)
        counts: Counter[str] = Counter()
        for name, read in tqdm(list(sources), unit="certificate", disable=not sys.stderr.isatty()):
            try:
                counts.update(_take_in(read(), owner, order, expired=options["expired"]))
            except (UnreadableCertificate, ImportRefused, TryAgain, NeedsAttention, OSError) as refused:
                self.stderr.write(f"{name}: {refused}")
                counts["refused"] += 1
        self.stdout.write(
            f"{counts[Result.ADDED.name]} added, {counts[Result.KNOWN.name]} already known, "
            f"{counts['expired']} expired (skipped), {counts['none']} orders without a certificate, "
            f"{counts['refused']} refused."
        )
        if counts["refused"]:
            sys.exit(1)


def _take_in(data: bytes | None, owner: Customer, order: IssuanceFacts, *, expired: bool) -> list[str]:
    """Import one chain; return a word for each result. Raises the refusal when one of its certificates is refused."""
    if data is None:
        return ["none"]
    now = timezone.now()
    leaves = [facts for facts in read_bundle(data) if not facts.is_ca]
    if leaves and not expired and all(leaf.not_after < now for leaf in leaves):
        return ["expired"]
    if order.level is None and any(leaf.level is None for leaf in leaves):
        # ACME proves domains only. A higher level would stand in the certificate itself.
        order = IssuanceFacts(**{**order.__dict__, "level": Level.DV})
    results = import_bundle(data, customer=owner, order=order, by=COMMAND_LINE, at=now)
    for result in results:
        if result.refused:
            raise result.refused
    return [result.result.name for result in results]


def _orders_of(driver: AcmeDriver) -> Iterable[tuple[str, Read]]:
    try:
        found = orders(driver)
    except (TryAgain, NeedsAttention) as refused:
        raise CommandError(str(refused)) from None
    return [(url, partial(found.chain, url)) for url in found.urls]


def _in_folder(folder: Path) -> Iterable[tuple[str, Read]]:
    if not folder.is_dir():
        raise CommandError(f"The folder “{folder}” does not exist.")
    files = sorted({file.resolve() for pattern in CHAINS for file in folder.rglob(pattern)})
    return [(str(file), partial(read_bounded, file)) for file in files]
