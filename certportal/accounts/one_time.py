"""U3: a code of the second factor is accepted once, whatever asks for it, in all processes, in parallel.

allauth forgets a used TOTP code after one period, while it is good for three of them, and keeps it in the cache only.
"""

from __future__ import annotations

import hashlib
from enum import Enum

from allauth.core.internal.cryptokit import compare_user_code, normalize_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.db import transaction

from certportal.accounts.models import SpentCode, User
from certportal.accounts.noting import note
from revocation.models import EventKind

NEVER = -1
"""Before every time step."""


class Verdict(Enum):
    GOOD = "accepted, for the first and last time"
    USED = "it was right, and is used up"
    WRONG = "no code of this secret, or not of this time"


def spend_totp(user: User, secret: str, code: str) -> Verdict:
    """Accept a TOTP code once; it and all codes before it are then used up (RFC 6238 5.2).

    The time step is that of the clock that made the code, so a jump of this machine's clock makes no code valid again.
    A code that is not newer than an accepted one is *used* too.
    """
    for step in yield_hotp_counters_from_time():
        if compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step))):
            return Verdict.GOOD if _spend(user, secret, step) else Verdict.USED
    return Verdict.WRONG


def spend(authenticator: Authenticator, code: str) -> Verdict:
    """Accept a code of this authenticator for the first and last time."""
    if authenticator.type == Authenticator.Type.TOTP:
        return spend_totp(authenticator.user, decrypt(authenticator.data["secret"]), code)
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        return Verdict.GOOD if _spend_recovery_code(authenticator, code) else Verdict.WRONG
    return Verdict.WRONG


@transaction.atomic
def _spend_recovery_code(authenticator: Authenticator, code: str) -> bool:
    """Accept a recovery code once. Returns False if it is wrong or used up.

    allauth's own mark is not enough: it is lost when the page of the codes is opened for the first time at the same
    instant. The person's row is locked first, as where new codes are generated. The codes may be gone once the lock is
    held.
    """
    User.objects.select_for_update().filter(pk=authenticator.user_id).first()
    present = Authenticator.objects.filter(pk=authenticator.pk).first()
    if present is None:
        return False
    codes = present.wrap()
    secret = f"{present.data.get('seed', '')}:{normalize_user_code(code)}"
    if not codes.validate_code(code) or not _spend(authenticator.user, secret, 0):
        return False
    note(EventKind.RECOVERY_CODE_USED, authenticator.user, data={"left": len(codes.get_unused_codes())})
    return True


@transaction.atomic
def _spend(user: User, secret: str, step: int) -> bool:
    """Move the secret's mark on to the step. Returns False if it is there already or further. One statement decides."""
    digest = hashlib.sha256(secret.encode()).hexdigest()
    SpentCode.objects.bulk_create([SpentCode(user=user, secret_digest=digest, step=NEVER)], ignore_conflicts=True)
    return bool(SpentCode.objects.filter(user=user, secret_digest=digest, step__lt=step).update(step=step))
