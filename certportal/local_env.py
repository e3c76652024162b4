"""Writes `var/local.env` once: the two secrets that an installation on embedded defaults needs.

`python -m certportal.local_env` is part of `make setup`, and of no production start: production neither reads nor
writes the file. An existing file is never changed, because losing
`KEY_ENCRYPTION_KEY` means losing the embedded authorities' keys.
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
