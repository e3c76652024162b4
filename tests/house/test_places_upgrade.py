"""An upgrade notes the places of publication anew. Before, addresses were kept decoded, and only one of several."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from revocation.models import Certificate, Discrepancy, StatusPoint
from revocation.services.authority import status_points
from tests.conftest import NOW, MakeCertificate

pytestmark = pytest.mark.slow

CHANGE = "_honest_outcomes"


def before() -> str:
    """The migration of this app on which the change depends."""
    loader = MigrationLoader(connection)
    (change,) = [key for key in loader.disk_migrations if key[0] == "revocation" and key[1].endswith(CHANGE)]
    return next(name for app, name in loader.disk_migrations[change].dependencies if app == "revocation")


@pytest.mark.django_db(transaction=True)
def test_places_that_were_noted_decoded_are_read_from_the_certificates_again(make_certificate: MakeCertificate) -> None:
    certificate, other = make_certificate("a.aurora.example"), make_certificate("b.aurora.example")
    kept = StatusPoint.objects.create(key="1", kind="crl", url="http://x/a b.crl", next_round_at=NOW, problem="dark")
    gone = StatusPoint.objects.create(key="2", kind="ocsp", url="ldap://x", next_round_at=NOW)
    Certificate.objects.filter(pk=certificate.pk).update(status_point=kept)
    Certificate.objects.filter(pk=other.pk).update(status_point=gone)
    found = {"certificate": certificate, "point": kept, "kind": "on_hold", "found_at": NOW, "this_update": NOW}
    Discrepancy.objects.create(**found)
    call_command("migrate", "revocation", before(), verbosity=0)
    call_command("migrate", verbosity=0)
    assert not StatusPoint.objects.filter(pk=gone.pk).exists()
    kept.refresh_from_db()
    assert (kept.next_round_at, kept.problem) == (None, "")
    assert Discrepancy.objects.get().point == kept
    status_points.note_points(at=NOW + timedelta(days=1))
    urls = Certificate.objects.get(pk=certificate.pk).status_point.urls
    assert "/crl/" in urls[0]
