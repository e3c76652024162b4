"""Case views: who has a case open. They decide nothing and are deleted with the decision."""

from __future__ import annotations

from django.db import models

from revocation.models.request.revocation_request import RevocationRequest


class CaseView(models.Model):
    """A reviewer who opened the case, the last time at `at`."""

    request = models.ForeignKey(RevocationRequest, on_delete=models.CASCADE, related_name="case_views")
    person = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        db_table = "revocation_glance"
        constraints = [models.UniqueConstraint(fields=["request", "person"], name="one_glance_each")]

    def __str__(self) -> str:
        return f"{self.person_id} @ {self.request_id}"
