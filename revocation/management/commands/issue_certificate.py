"""`manage.py issue_certificate`: issue a certificate from a CSR by an embedded authority, into an inventory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from revocation.authorities.local.csr import CsrRefused
from revocation.authorities.local.models import LocalAuthority
from revocation.management.commands.import_certificates import (
    COMMAND_LINE,
    add_order_arguments,
    customer_named,
    order_facts,
    read_bounded,
)
from revocation.pki.export import as_pem
from revocation.services.inventory.certificates import ImportRefused, issue_certificate


class Command(BaseCommand):
    help = "Issue a certificate from a signing request (PEM) and print it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--authority", required=True, metavar="SLUG")
        parser.add_argument("--customer", required=True, metavar="SLUG")
        parser.add_argument("--csr", required=True, type=Path, metavar="FILE")
        parser.add_argument(
            "--out", type=Path, metavar="FILE", help="write the certificate to this file instead of the terminal"
        )
        parser.add_argument("--days", type=int, default=90)
        add_order_arguments(parser)

    def handle(self, *args: Any, authority: str, customer: str, csr: Path, days: int, **options: Any) -> None:
        issuer = LocalAuthority.objects.filter(slug=authority).first()
        if issuer is None:
            known = ", ".join(LocalAuthority.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"The embedded authority “{authority}” does not exist. Known: {known}.")
        try:
            certificate = issue_certificate(
                read_bounded(csr),
                authority=issuer,
                customer=customer_named(customer),
                order=order_facts(options),
                by=COMMAND_LINE,
                at=timezone.now(),
                days=days,
            )
        except (CsrRefused, ImportRefused, OSError) as refused:
            raise CommandError(str(refused)) from None
        pem = as_pem([bytes(certificate.bytes.der)])
        if options["out"]:
            options["out"].write_bytes(pem)
        else:
            self.stdout.write(pem.decode())
