"""A row read by its key under a lock is the same row that Django reads."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from revocation.models import Actor, Certificate, RevocationRequest
from revocation.services.core.locking import locked_row, row
from revocation.services.core.transitions import locked
from tests.conftest import MakeCertificate
from tests.people import fresh, submitted

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_it_has_every_column_of_the_row(make_certificate: MakeCertificate, alice: Actor) -> None:
    case = fresh(submitted(make_certificate(), alice))
    read = locked(case.pk, with_certificate=True)
    assert (read.columns(), read.certificate.columns()) == (case.columns(), case.certificate.columns())
    assert read.get_deferred_fields() == set()
    assert row(Certificate, case.certificate_id).columns() == case.certificate.columns()


def test_the_lock_is_asked_for_where_the_database_has_one(make_certificate: MakeCertificate) -> None:
    certificate = make_certificate()
    with CaptureQueriesContext(connection) as statements:
        locked_row(Certificate, certificate.pk)
        row(Certificate, certificate.pk)
    locks = [query["sql"].endswith("FOR UPDATE") for query in statements]
    assert locks == [connection.features.has_select_for_update, False]


def test_a_row_that_is_not_there_is_not_there(db: None) -> None:
    with pytest.raises(RevocationRequest.DoesNotExist):
        locked(4711)


@pytest.mark.django_db(transaction=True)
def test_no_row_is_locked_outside_a_transaction(make_certificate: MakeCertificate) -> None:
    certificate = make_certificate()
    with pytest.raises(TransactionManagementError):
        locked_row(Certificate, certificate.pk)
    with transaction.atomic():
        assert locked_row(Certificate, certificate.pk) == certificate
