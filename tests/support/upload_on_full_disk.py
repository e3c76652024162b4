"""Uploads into a database whose disk is full: what the customer is told, printed as a line each.

The database of DATABASE_URL has its tables; the path of the disk is the argument. Standard error may be full as well.
"""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "certportal.settings")
django.setup()

from django.conf import settings  # noqa: E402 - after the set-up
from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from certportal.accounts.models import Customer, Membership, User  # noqa: E402
from demo.certificates import csr  # noqa: E402
from revocation.authorities.local.creation import create_authority  # noqa: E402
from revocation.models import Actor, Event, HeldLetter, Letter  # noqa: E402
from revocation.pki.facts import Level  # noqa: E402
from revocation.services.inventory.certificates import IssuanceFacts, issue_certificate  # noqa: E402
from revocation.services.requests import filing  # noqa: E402
from tests.full_disk import Disk  # noqa: E402
from tests.people import picture  # noqa: E402


def main(folder: Path) -> None:
    settings.LETTER_SLOTS_DIR = folder.parent / "slots"
    stores: Any = settings.STORAGES
    stores["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    stores["letters"]["OPTIONS"]["location"] = str(folder.parent / "letters")
    at, owner = timezone.now(), Customer.objects.create(slug="aurora", name="Aurora")
    user = User.objects.create_user("alice@aurora.example", "pw")
    Membership.objects.create(user=user, customer=owner)
    alice = Actor.person(user, "192.0.2.1")
    authority = create_authority("local", "Test CA", "ecdsa", at=at, not_before=at - timedelta(days=9), days=900)
    order = IssuanceFacts(brand="digicert", level=Level.OV)
    issued = issue_certificate(
        csr("www.aurora.example"), authority=authority, customer=owner, order=order, by=alice, at=at, days=90
    )
    case = filing.begin(issued.pk, by=alice, at=at, reason=4, reason_text="Replaced.")
    client = Client(raise_request_exception=False)
    client.force_login(user)
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    disk = Disk(folder)
    for name, data in {"letter.png": picture("PNG"), "letter.pdf": b"no letter " * 200}.items():
        disk.fill()
        answer = client.post(f"/requests/{case.pk}/letter/", {"letter": SimpleUploadedFile(name, data)})
        said = answer.content.decode()
        print(answer.status_code, "cannot save data" in said, "Nothing was saved or changed" in said)
        disk.tidy()
    kept = len(list((folder.parent / "letters").glob("*")))
    print(kept, Letter.objects.count(), HeldLetter.objects.count(), Event.objects.filter(kind="letter_refused").count())
    answer = client.post(f"/requests/{case.pk}/letter/", {"letter": SimpleUploadedFile("a.png", picture("PNG"))})
    print(answer.status_code, case.letters.count())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
