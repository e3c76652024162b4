"""K1: whoever proves that they hold a certificate's private key has it revoked at once, for reason 1.

What is signed follows from the certificate and the day. So nothing is stored before the proof, and the page shows the
same text again. The text counts on its day and the next. It is of no use a second time: an order is given once.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac

from revocation import policy
from revocation.models import (
    Actor,
    BlockedKey,
    Certificate,
    CertificateState,
    EventKind,
    RequestState,
    RevocationRequest,
    eligibility_facts,
    open_request_of,
)
from revocation.models import family as family_of
from revocation.pki import possession
from revocation.pki.possession import ProofRefused
from revocation.policy import Route
from revocation.reasons import KEY_COMPROMISE
from revocation.services.core.errors import NotOwner
from revocation.services.core.events import Subject, record, record_each
from revocation.services.core.ordering import given
from revocation.services.core.transitions import acting, locked_certificate, locked_certificates, release_family
from revocation.services.requests.filing import RequestRefused, refusal_data
from revocation.services.review.assignment import forget_views

VALID_FOR = 2
"""Days: the day on which the text was shown (UTC), and the next."""


MOST_TOLD = 200
"""Certificates whose owners are notified by mail that their key is in other hands. Staff see all."""


def challenge(certificate: Certificate, *, at: datetime) -> str:
    """The one line to sign: which portal, which act, which certificate, and 256 bits that nobody can foresee."""
    day = at.astimezone(UTC).strftime("%Y-%m-%d")
    value = salted_hmac("revocation.compromised", f"{certificate.fingerprint} {day}", algorithm="sha256").hexdigest()
    portal = settings.PORTAL_URL.replace("'", "")
    return f"{portal} revoke for key compromise: certificate SHA-256 {certificate.fingerprint}, {day}, {value}"


def command(certificate: Certificate, *, at: datetime) -> str:
    """Return the command that signs, for a shell, in one line.

    Raises `ProofRefused` when keys of this kind cannot be proven.
    """
    return possession.command(_public_key(certificate), challenge(certificate, at=at))


def refusals(certificate: Certificate, *, at: datetime) -> tuple[policy.Refusal, ...]:
    """Return the rules that stand even against a proof."""
    ordered = given(certificate=certificate).exists()
    facts = eligibility_facts([certificate], at=at, reason=KEY_COMPROMISE)[certificate.pk]
    return policy.refusals_of_key_proof(facts, ordered=ordered)


def proven(certificate: Certificate) -> RevocationRequest | None:
    """Return the request of a proof that was brought already (a second click goes there)."""
    return certificate.requests.filter(route=Route.K1).first()


def submit(certificate_id: int, sent: bytes, *, by: Actor, at: datetime) -> RevocationRequest:
    """Check the signature, then commit the request, its orders and the block of the key, all or nothing.

    The request is a new one, or the open one, which it overtakes. The certificate is revoked, and living reissues with
    the same key. Whatever else the overtaken request held is *issued* again. Raises `NotOwner`, `ProofRefused` and
    `RequestRefused`, each but the first with an event.
    """
    certificate = Certificate.objects.get(pk=certificate_id)
    if by.user is None or not by.belongs_to(certificate.customer_id):
        raise NotOwner
    if done := proven(certificate):
        return done
    try:
        evidence = _checked(certificate, sent, at=at)
        try:
            return _commit(certificate_id, evidence, by=by, at=at)
        except IntegrityError:  # another began a request at this instant: overtake that one
            return _commit(certificate_id, evidence, by=by, at=at)
    except ProofRefused as refused:
        record(EventKind.KEY_PROOF_REFUSED, by=by, at=at, certificate=certificate, data={"code": refused.code})
        raise
    except RequestRefused as refused:
        rules = refusal_data(refused.refusals)
        record(EventKind.REQUEST_REFUSED, by=by, at=at, certificate=certificate, data=rules)
        raise


def _checked(certificate: Certificate, sent: bytes, *, at: datetime) -> dict[str, str]:
    """Check the signature; return the evidence that is kept.

    It runs outside transactions: for SM2 the openssl program is asked.
    """
    signature, public_key = possession.read_signature(sent), _public_key(certificate)
    texts = [challenge(certificate, at=at - timedelta(days=ago)) for ago in range(VALID_FOR)]
    for text in texts:
        try:
            possession.check(public_key, signature, text)
        except ProofRefused:
            if text == texts[-1]:
                raise
        else:
            return {"signed": text, "signature": signature.hex(), "public_key_sha256": certificate.key_digest}
    raise AssertionError("unreachable: the last text either fits or raises")


def _commit(certificate_id: int, evidence: dict[str, str], *, by: Actor, at: datetime) -> RevocationRequest:
    with transaction.atomic():
        subject = locked_certificate(certificate_id)
        if done := proven(subject):
            return done
        against = refusals(subject, at=at)
        if against:
            raise RequestRefused(against)
        begun = open_request_of(subject) or _draft(subject, by=by, at=at)
        overtaken = {"route": begun.route, "state": begun.state, "reason": begun.reason}
        data = {**evidence, "overtaken": overtaken}
        affected: list[Certificate] = []
        with acting(RevocationRequest.prove_key, begun.pk, by=by, at=at, data=data, affected=affected) as request:
            request.prove_key(by=by.user, at=at)
            affected += _lock_affected(subject, at=at)
        if overtaken["state"] != RequestState.DRAFT:
            _let_go_of_the_rest(request)
        _block(subject, request, by=by, at=at)
        return request


def _block(subject: Certificate, request: RevocationRequest, *, by: Actor, at: datetime) -> None:
    """Block the key: from now on nobody gets a certificate with it.

    Owners of those that live are notified, but not by whom it was proven.
    """
    defaults = {"since": at, "certificate": subject, "request": request}
    _, is_new = BlockedKey.objects.get_or_create(key_digest=subject.key_digest, defaults=defaults)
    if not is_new:
        return
    others = Certificate.objects.filter(key_digest=subject.key_digest, not_after__gte=at).exclude(
        revocation__request=request
    )
    living = others.filter(state__in=(CertificateState.ISSUED, CertificateState.REVOKING)).order_by("pk")[:MOST_TOLD]
    system = Actor.system("portal")  # who has the key is nobody else's business
    record_each(EventKind.KEY_KNOWN, (Subject(c) for c in living), by=system, at=at)


def _draft(subject: Certificate, *, by: Actor, at: datetime) -> RevocationRequest:
    facts = {"route": Route.K1, "reason": KEY_COMPROMISE, "filed_at": at, "filed_by": by.user}
    draft: RevocationRequest = RevocationRequest.of(subject, **facts)
    draft.save()
    return draft


def _lock_affected(subject: Certificate, *, at: datetime) -> list[Certificate]:
    """M4: lock and return the subject, and living reissues that have the very same key.

    N2 does not reach a healthy one.
    """
    same_key = [c.pk for c in family_of(subject, at).descendants if c.key_digest == subject.key_digest]
    affected = [subject, *locked_certificates(same_key)]
    for certificate in affected:
        if not certificate.is_locked:
            certificate.enter_revocation()
            certificate.save()
    return affected


def _let_go_of_the_rest(request: RevocationRequest) -> None:
    """End what the request had locked, looked for, or shown to reviewers before it was overtaken."""
    release_family(request)
    request.name_proofs.update(next_check_at=None, asked_at=None, lease_until=None, automatic_until=None)
    forget_views(request.pk)


def _public_key(certificate: Certificate) -> bytes:
    return possession.public_key(bytes(certificate.bytes.der))
