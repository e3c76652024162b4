"""Ready phrases for what the customer reads, verb by verb.

A table in code: every phrase exists in both languages, is reviewed like code, and cannot be half translated
(docs/decisions.md). The customer gets them in the language of the person who submitted the request, whatever the
reviewer's own is.
"""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext, gettext_noop, override

from revocation.models import RevocationRequest

PHRASES: dict[str, dict[str, str]] = {
    "hand_back": {
        "seal": gettext_noop("The seal cannot be read. Please stamp the letter again and scan it in colour."),
        "page": gettext_noop("A page or a part of the letter is missing. Please upload the whole letter."),
        "signature": gettext_noop("The signature or the date is missing."),
        "organisation": gettext_noop("The organisation in the letter does not match the certificate."),
        "number": gettext_noop(
            "The letter is for another request or certificate. Please use the template offered here."
        ),
        "reason": gettext_noop("Your explanation does not match the selected reason. Please explain what happened."),
    },
    "reject": {
        "in_use": gettext_noop("You told us that the certificate is still in use."),
        "unreachable": gettext_noop("We could not reach you to confirm the request."),
        "not_authorised": gettext_noop("Your organisation told us that it did not authorise this request."),
        "duplicate": gettext_noop("This matter is resolved. No revocation is needed."),
        "organisation": gettext_noop("The organisation in the letter does not match the certificate."),
    },
}


def language_of(request: RevocationRequest) -> str:
    """The language in which the customer's person reads."""
    person = request.submitted_by or request.filed_by
    return person.language or settings.LANGUAGE_CODE


def offered(verb: str, request: RevocationRequest) -> dict[str, tuple[str, str]]:
    """Key -> (as the customer reads it, as the reviewer reads it)."""
    phrases = PHRASES.get(verb, {})
    with override(language_of(request)):
        theirs = {key: gettext(text) for key, text in phrases.items()}
    return {key: (theirs[key], gettext(text)) for key, text in phrases.items()}
