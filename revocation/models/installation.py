"""What machines of one installation must agree on (threat 54), and which workers are alive."""

from __future__ import annotations

from django.db import models


class InstallationFact(models.Model):
    """One fact that whichever machine came first wrote down. `services/core/installation.py` names them."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.CharField(max_length=400)
    noted_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class WorkerHeartbeat(models.Model):
    """A worker process that was alive at `beat_at`, by the database's clock."""

    worker = models.CharField(max_length=120, primary_key=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.worker
