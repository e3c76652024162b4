"""The six columns of the portal's certificates that the bare page shows."""

from __future__ import annotations

from django.db import models


class Row(models.Model):
    common_name = models.TextField()
    issuer_name = models.TextField()
    organization = models.TextField()
    not_after = models.DateTimeField()
    state = models.TextField()
    level = models.TextField()
    customer_id = models.IntegerField()

    objects: models.Manager[Row] = models.Manager()

    class Meta:
        app_label = "bare"
        managed = False
        db_table = "revocation_certificate"

    def __str__(self) -> str:
        return self.common_name
