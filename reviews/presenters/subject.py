"""What a decision is about: the certificate, everything that is also revoked (N2), and the files shown."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from revocation import joining
from revocation.models import Certificate, Letter, RevocationRequest, family
from revocation.services.review.reuse import Reuse, reuse_of
from revocation.services.review.reviewed_files import ReviewedFiles


@dataclass(frozen=True)
class Subject:
    request: RevocationRequest
    affected: tuple[Certificate, ...]
    letter: Letter | None
    shown: ReviewedFiles
    reuse: Reuse

    @classmethod
    def of(cls, request: RevocationRequest, at: datetime) -> Subject:
        affected = family(request.certificate, at).descendants
        shown = ReviewedFiles.of(request)
        return cls(request, affected, request.current_letter(), shown, reuse_of(request, shown))

    @property
    def certificates(self) -> tuple[Certificate, ...]:
        """All that would be revoked, the subject of the request first."""
        return (self.request.certificate, *self.affected)

    @property
    def digest(self) -> str:
        """A digest that changes whenever a decision would be about something else than what was shown."""
        facts = [certificate.fingerprint for certificate in self.certificates]
        facts += [
            self.shown.digest,
            *(f"{row.request.pk} {row.same}" for row in self.reuse.elsewhere),
            str(self.request.vouched_by_id),
            str(self.request.first_approved_by_id),
        ]
        facts += [str(self.request.reason), self.request.reason_text]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()

    @property
    def promise_original(self) -> str:
        """The sentence beside the box when the reissues are excluded (N2)."""
        facts = {"certificate": self.request.certificate.label, "spared": self._affected_labels or "–"}
        return _("Yes, revoke only %(certificate)s. Keep: %(spared)s.") % facts

    @property
    def promise(self) -> str:
        """The sentence beside the box that must be ticked for an approval. It names everything that is revoked (R2)."""
        facts = {"certificate": self.request.certificate.label, "also": self._affected_labels}
        if not self.affected:
            return _("Yes, revoke %(certificate)s.") % facts
        return _("Yes, revoke %(certificate)s. Also revoke: %(also)s.") % facts

    @property
    def _affected_labels(self) -> str:
        return joining.items(certificate.label for certificate in self.affected)
