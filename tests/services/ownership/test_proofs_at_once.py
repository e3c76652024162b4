"""K1: several people who prove at the same instant that they hold a key; on the database at hand."""

from __future__ import annotations

from collections import Counter
from functools import partial

import pytest

from certportal.accounts.models import Customer, Membership
from revocation.authorities.local.models import IssuedCertificate, LocalAuthority
from revocation.models import Actor, BlockedKey, Event, Mail, RevocationOrder, RevocationRequest
from revocation.services.requests import key_compromise
from tests.conftest import NOW, person
from tests.services.core.test_concurrency import at_once
from tests.services.requests.test_key_compromise import Holder
from tests.support.scripted import tell_all

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def bob(alice: Actor) -> Actor:
    bob = person("bob")
    Membership.objects.get_or_create(user=bob.user, customer=Customer.objects.get(slug="aurora"))
    return bob


@pytest.mark.parametrize("attempt", range(3))
def test_K1_of_two_people_one_proof_counts_and_the_other_is_led_to_it(
    authority: LocalAuthority, alice: Actor, bob: Actor, attempt: int
) -> None:
    holder = Holder(authority)
    certificate = holder.certificate()
    sent = holder.sign(certificate)
    people = (alice, bob, alice, bob)
    results = at_once(*(partial(key_compromise.submit, certificate.pk, sent, by=by, at=NOW) for by in people))
    request = RevocationRequest.objects.get()
    assert [getattr(result, "pk", result) for result in results] == [request.pk] * 4
    assert RevocationOrder.objects.get().reason == 1
    kinds = Counter(Event.objects.values_list("kind", flat=True))
    assert (kinds["key_proven"], kinds["request_refused"], kinds["key_proof_refused"]) == (1, 0, 0)
    assert Mail.objects.filter(template="key_proven").values("to").distinct().count() == Mail.objects.count()
    tell_all()
    assert IssuedCertificate.objects.get().effective_revocations == 1


def test_K1_two_certificates_with_one_key_are_both_revoked_and_the_key_is_blocked_once(
    authority: LocalAuthority, alice: Actor, bob: Actor
) -> None:
    holder = Holder(authority)
    both = [holder.certificate(), holder.certificate()]
    proofs = [(certificate.pk, holder.sign(certificate)) for certificate in both]
    results = at_once(
        *(partial(key_compromise.submit, *proof, by=by, at=NOW) for proof, by in zip(proofs, (alice, bob), strict=True))
    )
    assert [getattr(result, "certificate_id", result) for result in results] == [c.pk for c in both]
    assert RevocationOrder.objects.filter(reason=1).count() == 2
    assert BlockedKey.objects.get().certificate_id in {c.pk for c in both}
