"""`manage.py demo_data`: fills an empty installation with demo data, made by really doing it."""

import os
import secrets
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from demo.certificates import make_authorities, make_certificates
from demo.people import PEOPLE, make_people
from demo.requests import make_requests, send_mails
from revocation.models import Certificate


class Command(BaseCommand):
    help = "Demo data: accounts, authorities, certificates, requests in every state. A second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        given = os.environ.get("DEMO_PASSWORD", "")
        if Certificate.objects.exists():
            self.stdout.write("The demo data is there already; nothing was changed.")
            if given:
                make_people(given)
                self._table("the one you gave in DEMO_PASSWORD")
            return
        password = given or secrets.token_urlsafe(9)
        self.stdout.write("Making the demo data…")
        at = timezone.now()
        with transaction.atomic():
            make_people(password)
            make_authorities(at)
            make_requests(make_certificates(at), at)
        send_mails(at)
        self.stdout.write(f"{Certificate.objects.count()} certificates.")
        self._table("the one you gave in DEMO_PASSWORD" if given else password)

    def _table(self, password: str) -> None:
        for person in PEOPLE:
            self.stdout.write(f"  {person.email:<28} {person.role}")
        self.stdout.write(f"  Everybody's password: {password}")
