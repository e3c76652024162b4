"""Writes `var/local.env` once: the two secrets that an installation on embedded defaults needs.

`make setup` runs `python -m certportal.local_env`, and no production start does: production neither reads nor writes
the file. An existing file is never changed: to lose `KEY_ENCRYPTION_KEY` is to lose the embedded authorities' keys.
"""

import secrets
from pathlib import Path

LOCAL_ENV = Path(__file__).resolve().parent.parent / "var" / "local.env"


def write_local_env(path: Path = LOCAL_ENV) -> bool:
    """Create the file, readable by its owner only. Returns False when it is there already."""
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(
        "# Secrets of this installation on embedded defaults. Keep them; never commit them.\n"
        f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
        f"KEY_ENCRYPTION_KEY={secrets.token_urlsafe(32)}\n"
    )
    return True


if __name__ == "__main__":
    write_local_env()
