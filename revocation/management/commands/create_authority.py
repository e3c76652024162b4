"""`manage.py create_authority`: create an embedded authority with a key of its own."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError
from django.utils import timezone

from revocation.authorities.local.creation import create_authority
from revocation.authorities.local.models import Algorithm


class Command(BaseCommand):
    help = "Create an embedded CA. KEY_ENCRYPTION_KEY encrypts its key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--name", required=True, help="common name of its certificate")
        parser.add_argument("--algorithm", choices=Algorithm.values, default=Algorithm.ECDSA.value)
        parser.add_argument("--days", type=int, default=3650)

    def handle(self, *args: Any, slug: str, name: str, algorithm: str, days: int, **options: Any) -> None:
        try:
            create_authority(slug, name, algorithm, at=timezone.now(), days=days)
        except IntegrityError:
            raise CommandError(f"The authority “{slug}” already exists.") from None
        self.stdout.write(f"Created. The CA certificate is at /pki/{slug}/ca.pem")
