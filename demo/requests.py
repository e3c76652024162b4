"""The demo's requests, one in every state, reached by the same services that everybody uses."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import datetime, timedelta

from PIL import Image, ImageDraw

from certportal.accounts.models import User
from revocation.checklists import BY_KEY, Checked
from revocation.models import (
    Actor,
    Certificate,
    Deployment,
    DeploymentTarget,
    NameProof,
    RevocationOrder,
    RevocationRequest,
)
from revocation.policy import OWNERSHIP_WINDOW
from revocation.services.authority import dispatch
from revocation.services.inventory import deployments
from revocation.services.letters import evidence, upload
from revocation.services.notifications import mail
from revocation.services.ownership import proofs
from revocation.services.requests import filing
from revocation.services.review import assignment, decisions
from revocation.services.review.reviewed_files import ReviewedFiles

WORKER = Actor.system("demo data")
HOUR = timedelta(hours=1)
LOOKED_AT = Checked(BY_KEY)
"""A reviewer who ticked every item there is."""


def person(name: str) -> Actor:
    return Actor.person(User.objects.get(email__startswith=f"{name}@"), "demo data")


def stamped_letter() -> bytes:
    """A picture of a signed and stamped page."""
    page = Image.new("RGB", (900, 1200), "white")
    draw = ImageDraw.Draw(page)
    draw.text((100, 100), "Confirmation of revocation", fill="black", font_size=36)
    for line in range(12):
        draw.line((100, 220 + 40 * line, 780 - 30 * (line % 3), 220 + 40 * line), fill=(70, 70, 70), width=6)
    draw.ellipse((520, 820, 760, 1060), outline=(200, 20, 30), width=10)
    draw.text((585, 920), "SEAL", fill=(200, 20, 30), font_size=40)
    buffer = io.BytesIO()
    page.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def make_requests(made: dict[str, Certificate], at: datetime) -> None:
    for key, story in STORIES.items():
        story(made[key], at)


def _file(
    certificate: Certificate, who: str, at: datetime, *, reason: int = 4, submit: bool = True
) -> RevocationRequest:
    by = person(who)
    words = "Replaced by a new certificate."
    request = filing.begin(certificate.pk, by=by, at=at, reason=reason, reason_text=words)
    if request.needs_letter:
        upload.upload(request.pk, by=by, at=at, data=stamped_letter(), file_name="letter.jpg")
    return filing.submit(request.pk, by=by, at=at) if submit else request


def _draft(certificate: Certificate, at: datetime) -> None:
    filing.begin(certificate.pk, by=person("alice"), at=at - HOUR, reason=4, reason_text="Replaced.")


def _discarded(certificate: Certificate, at: datetime) -> None:
    request = filing.begin(certificate.pk, by=person("alice"), at=at - 5 * HOUR, reason=5, reason_text="Closed.")
    filing.discard(request.pk, by=person("bob"), at=at - 4 * HOUR)


def _in_review(certificate: Certificate, at: datetime) -> None:
    _file(certificate, "charlie", at - 3 * HOUR)


def _overdue(certificate: Certificate, at: datetime) -> None:
    _file(certificate, "charlie", at - 30 * HOUR)


def _taken(certificate: Certificate, at: datetime) -> None:
    """The request is assigned to Ron, and Rita is viewing it."""
    request = _file(certificate, "charlie", at - 20 * HOUR)
    assignment.assign(request.pk, by=person("ron"), at=at)
    assignment.note_view(request.pk, by=person("rita"), at=at)


def _compromised(certificate: Certificate, at: datetime) -> None:
    request = _file(certificate, "alice", at - 3 * HOUR, reason=1)
    decisions.note(
        request.pk, by=person("rita"), at=at - HOUR, why="Alice rang up: the key lay in a public repository."
    )


def _two_approvals(certificate: Certificate, at: datetime) -> None:
    """The first of two has approved (with TWO_APPROVALS_FOR=["ev"], as `make run` sets it for the demo)."""
    request = _file(certificate, "charlie", at - 4 * HOUR)
    if request.approvals_needed > 1:
        decisions.approve_first(
            request.pk,
            by=person("ron"),
            at=at - 2 * HOUR,
            why="Rang up their legal department.",
            checked=LOOKED_AT,
            shown=ReviewedFiles.of(request).digest,
        )


def _handed_back(certificate: Certificate, at: datetime) -> None:
    request = _file(certificate, "dora", at - 8 * HOUR)
    decisions.hand_back(request.pk, by=person("rita"), at=at - 2 * HOUR, why="The seal cannot be read. Scan it again.")


def _rejected(certificate: Certificate, at: datetime) -> None:
    request = _file(certificate, "dora", at - 50 * HOUR)
    decisions.reject(request.pk, by=person("ron"), at=at - 40 * HOUR, why="You told us by phone that it is in use.")


def _awaiting(certificate: Certificate, at: datetime) -> None:
    _file(certificate, "alice", at - 2 * HOUR, reason=5)


def _failed(certificate: Certificate, at: datetime) -> None:
    """A worker looked for the proofs at the deadline and found nothing."""
    deadline = at - HOUR
    request = _file(certificate, "charlie", deadline - OWNERSHIP_WINDOW)
    NameProof.objects.filter(request=request).update(checked_at=deadline, next_check_at=None)
    proofs.close(request.pk, by=WORKER, at=at)


def _revoked(certificate: Certificate, at: datetime) -> None:
    who = "alice" if certificate.customer.slug == "aurora" else "charlie"
    request = _file(certificate, who, at - 20 * HOUR, reason=1)
    _approve(request, "rita", at - 19 * HOUR)
    _tell(request, at)


def _by_hand(certificate: Certificate, at: datetime) -> None:
    request = _file(certificate, "bob", at - 10 * HOUR)
    _approve(request, "ron", at - 9 * HOUR)
    _tell(request, at)


def _approve(request: RevocationRequest, who: str, at: datetime) -> None:
    shown = ReviewedFiles.of(request).digest
    decisions.approve(request.pk, by=person(who), at=at, checked=LOOKED_AT, shown=shown)


def _tell(request: RevocationRequest, at: datetime) -> None:
    for order in RevocationOrder.objects.filter(request=request):
        dispatch.tell(order.pk, by=WORKER, at=at)


def _assisted(certificate: Certificate, at: datetime) -> None:
    by = person("charlie")
    words = "The shop is closed for good, and its certificate is older than what we may revoke here by ourselves."
    earlier = at - HOUR
    request = filing.begin(
        certificate.pk, by=by, at=earlier, reason=5, reason_text=words, assisted=True, situation="too_old"
    )
    evidence.add(request.pk, by=by, at=earlier, data=stamped_letter(), file_name="letter-with-our-stamp.jpg")
    filing.submit(request.pk, by=by, at=at - HOUR)


def _deployed(certificate: Certificate, at: datetime) -> None:
    target = DeploymentTarget.objects.get(customer=certificate.customer)
    deployment: Deployment = deployments.deploy(certificate.pk, target.pk, by=person("alice"), at=at)
    deployments.carry_out(deployment.pk, by=WORKER, at=at)


STORIES: dict[str, Callable[[Certificate, datetime], None]] = {
    "draft": _draft,
    "discarded": _discarded,
    "review": _in_review,
    "overdue": _overdue,
    "taken": _taken,
    "compromised": _compromised,
    "two-approvals": _two_approvals,
    "handed-back": _handed_back,
    "rejected": _rejected,
    "awaiting": _awaiting,
    "failed": _failed,
    "revoked": _revoked,
    "revoked-sm2": _revoked,
    "by-hand": _by_hand,
    "assisted": _assisted,
    "deployed": _deployed,
}


def send_mails(at: datetime) -> None:
    """Send what the stories left in the outbox."""
    for mail_id in mail.due_mails(at=at, limit=1000):
        mail.send(mail_id, at=at)
