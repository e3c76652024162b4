"""Builds the probes of `revocation.ownership` from the settings. The only place where the two meet."""

from __future__ import annotations
