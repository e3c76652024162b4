"""What customers write in their own words: what is kept of it, and what is refused."""

from __future__ import annotations

from revocation.letters.text import code, first_not_writing
from revocation.marking import gettext_noop
from revocation.messages import Refused, table

LONGEST_WORDS = 2000
"""Characters."""
MESSAGES = table(
    "reason",
    {
        "not_offered": gettext_noop(
            "This reason is not available for this certificate. Select a reason from the list."
        ),
        "not_writing": gettext_noop(
            "Your text contains a character that cannot be shown (%(code)s), often from copying. Delete it, or "
            "type the words again."
        ),
        "too_long": gettext_noop("This text has %(found)s characters. At most %(most)s are accepted. Shorten it."),
    },
    status=422,
)


class ReasonRefused(Refused):
    """The reason is not offered for this certificate (F5), or its words cannot be kept."""

    subject = "reason"


def check_words(words: str) -> str:
    """Return the words without blanks around them.

    Raises `ReasonRefused` for control characters, and for more than `LONGEST_WORDS`.
    """
    if odd := first_not_writing(words):
        raise ReasonRefused("not_writing", code=code(odd))
    words = words.strip()
    if len(words) > LONGEST_WORDS:
        raise ReasonRefused("too_long", found=len(words), most=LONGEST_WORDS)
    return words
