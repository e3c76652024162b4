"""How long an S3-compatible store may keep a customer waiting. Imported only where such a store is chosen."""

from botocore.config import Config

BOUNDED = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2})
"""A store that hangs costs seconds, not minutes; what fails once (a stale connection, a 500) is tried once more."""
