"""Which requests one letter is for, what its QR code may say, and what is printed on its template.

A request filed alone has a letter of its own. Requests filed together share one if they are on the same route and in
the same state: all drafts, and later all that were handed back.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext

from revocation.letters.fields import JointFields, LetterFields, Listed
from revocation.letters.qr import LetterCode
from revocation.models import Letter, RequestState, RevocationRequest
from revocation.reasons import BY_CODE


def covered(request: RevocationRequest) -> QuerySet[RevocationRequest]:
    """Return the requests that this one's letter is for, this one among them, in the order of their numbers."""
    kin = _of_joint(request).filter(state=request.state)
    if request.needs.replace_letter:
        return kin
    has_letter = Exists(Letter.objects.filter(request=OuterRef("pk"), superseded_at__isnull=True))
    return kin.filter(Q(pk=request.pk) | ~has_letter)  # F8: a letter that was accepted stays accepted


def _of_joint(request: RevocationRequest) -> QuerySet[RevocationRequest]:
    rows: QuerySet[RevocationRequest] = RevocationRequest.objects.select_related("certificate__customer", "filed_with")
    if request.filed_with_id is None:
        return rows.filter(pk=request.pk)
    kin = rows.filter(filed_with=request.filed_with_id, route=request.route, letter_waived=request.letter_waived)
    return kin.order_by("pk")


def expected_codes(request: RevocationRequest) -> tuple[LetterCode, ...]:
    """Return what the QR code of the letter may say; empty where there is no template.

    It is the code of its template, or that of all requests of the joint filing. The latter lets the stamped sheet be
    scanned again after a hand-back.
    """
    if request.needs.letter is None:
        return ()
    on_first_sheet = _of_joint(request).exclude(state=RequestState.DISCARDED)
    return tuple({code(covered(request)): None, code(on_first_sheet): None})


def code(requests: Sequence[RevocationRequest] | QuerySet[RevocationRequest]) -> LetterCode:
    first, *others = requests
    if not others:
        return LetterCode.of(first.number, first.certificate.fingerprint)
    assert first.filed_with  # noqa: S101 - several requests have one letter only when they were filed together
    return LetterCode.together(first.filed_with.number, (r.certificate.fingerprint for r in (first, *others)))


def template_fields(request: RevocationRequest) -> LetterFields | JointFields:
    """What is printed on the template, as of now."""
    requests = list(covered(request))
    return _single(requests[0]) if len(requests) == 1 else _joint(requests)


def _organisation(request: RevocationRequest) -> str:
    return request.certificate.organization or str(request.certificate.customer)


def _reason(code: int | None) -> str:
    """Return the reason in Chinese and English, whoever downloads the template."""
    words = BY_CODE[code or 0].words
    with translation.override("zh-hans"):
        return f"{gettext(words)}  ·  {words}"


def _single(request: RevocationRequest) -> LetterFields:
    certificate = request.certificate
    return LetterFields(
        request_number=request.number,
        organisation=_organisation(request),
        names=tuple(certificate.names),
        issuer=certificate.issuer_name or certificate.issuer,
        serial_number=certificate.serial_number,
        fingerprint=certificate.fingerprint,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        reason=_reason(request.reason),
        prepared_on=timezone.localdate(),
        explanation=request.reason_text,
    )


def _joint(requests: list[RevocationRequest]) -> JointFields:
    """Return what is printed: what all have in common on the first page, what differs beside each certificate."""
    joint = requests[0].filed_with
    assert joint  # noqa: S101 - as in `code`
    organisations = {_organisation(r) for r in requests}
    reasons = {(r.reason or 0, r.reason_text) for r in requests}
    several_organisations = len(organisations) > 1
    common, words = reasons.pop() if len(reasons) == 1 else (None, "")
    return JointFields(
        number=joint.number,
        organisation=str(joint.customer) if several_organisations else organisations.pop(),
        certificates=tuple(
            _listed(r, own_organisation=several_organisations, own_reason=common is None) for r in requests
        ),
        reason="" if common is None else _reason(common),
        prepared_on=timezone.localdate(),
        explanation=words,
    )


def _listed(request: RevocationRequest, *, own_organisation: bool, own_reason: bool) -> Listed:
    certificate = request.certificate
    return Listed(
        request_number=request.number,
        names=tuple(certificate.names),
        issuer=certificate.issuer_name or certificate.issuer,
        serial_number=certificate.serial_number,
        fingerprint=certificate.fingerprint,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        organisation=_organisation(request) if own_organisation else "",
        reason=_reason(request.reason) if own_reason else "",
    )
