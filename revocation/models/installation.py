"""Facts that the machines of one installation must agree on (threat 54), and the workers that are alive."""

from __future__ import annotations

from django.db import models


class InstallationFact(models.Model):
    """One fact, written by the machine that came first. `services/core/installation.py` names the facts."""

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
