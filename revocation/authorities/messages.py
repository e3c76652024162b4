"""What the portal itself says about an authority: kept as a message, rendered in the reader's language.

An authority's own words are not a message. They are quoted as they came, or stand inside a message (`words`).
"""

from __future__ import annotations

from revocation.marking import gettext_noop
from revocation.messages import Refused, Table, Words, as_message, table

UNSEEN = table(
    "authority",
    {
        "not_issued_here": gettext_noop("%(authority)s did not issue a certificate with this serial number."),
        "no_addresses": gettext_noop(
            "The certificate names no CRL or OCSP address that the portal can check. Revoke it in the CA's console and "
            "record what the CA states. Another member of staff confirms it."
        ),
        "no_web_addresses": gettext_noop(
            "The certificate names only addresses that the portal cannot check, which are neither http nor https: "
            "%(urls)s. Revoke it in the CA's console and record what the CA states. Another member of staff confirms "
            "it."
        ),
        "no_issuer": gettext_noop(
            "The issuer's certificate is not known, so its CRL and OCSP answers cannot be checked. Add it to the "
            "certificate."
        ),
        "unknown_to_responder": gettext_noop("The OCSP responder at %(url)s does not know this certificate."),
    },
    lists=frozenset({"urls"}),
    kept_bare=True,
)
"""`interface.Unseen.code` -> sentence for staff. `interface.Waiting.code` may be one of these, too."""

WAITING = table(
    "authority",
    {
        "revoke_by_hand": gettext_noop(
            "%(authority)s has no interface. Revoke the certificate in its console, then record it here. "
            "The portal shows “revoked” when the CRL or OCSP does. Last check: %(seen_at)s."
        ),
        "revoke_by_hand_unseen": gettext_noop(
            "%(authority)s has no interface. Revoke the certificate in its own console, then record it here. The "
            "portal cannot check the CRL or OCSP of the certificate at the moment: %(failures)s"
        ),
        "recorded_not_yet_seen": gettext_noop(
            "Staff recorded the revocation in the console of %(authority)s, but the CA has not "
            "published it yet. The portal keeps checking. Last check: %(seen_at)s."
        ),
        "told_not_yet_seen": gettext_noop(
            "%(authority)s accepted the order but has not published the revocation. The portal keeps "
            "checking. If you see the revocation outside the portal, record it here. Last check: "
            "%(seen_at)s."
        ),
    },
    kept_bare=True,
)
"""`interface.Waiting.code` -> sentence for staff."""

OUTAGE = table(
    "authority",
    {
        "cannot_answer": gettext_noop("%(authority)s cannot answer now: %(words)s"),
        "unreachable": gettext_noop("%(authority)s cannot be reached: %(words)s"),
        "not_acme": gettext_noop("The response of %(authority)s is not ACME: %(words)s"),
        "tls_unchecked": gettext_noop(
            "The TLS certificate of %(authority)s cannot be checked: %(words)s If it is a private CA, name its root "
            "certificate in the option ca_bundle."
        ),
        "nothing_readable": "%(failures)s",
        "at_address": gettext_noop("%(url)s: %(why)s"),
        "place_failed": gettext_noop(
            "The portal could not process the response from this address (%(error)s). See the portal's log."
        ),
        "certificate_failed": gettext_noop("The portal cannot look for the revocation of this certificate: %(words)s"),
        "authority_failed": gettext_noop(
            "The portal could not process the CA's response (%(error)s). See the portal's log."
        ),
        "answer_status": gettext_noop("The answer has status %(status)s."),
        "answer_larger": gettext_noop("The answer is larger than %(limit)s bytes."),
    },
    kept_bare=True,
)

CONFIRMED = table(
    "authority",
    {
        "already_revoked": gettext_noop(
            "%(authority)s says that the certificate was revoked before the portal asked. It does not say when or why."
        ),
        "already_revoked_after_silence": gettext_noop(
            "%(authority)s says that the certificate is revoked already. The answer to an earlier call of the portal "
            "was lost, so it may have been that call. It does not say when or why."
        ),
    },
    kept_bare=True,
)
"""What an authority's *already revoked* means -> sentence (C7)."""

REFUSAL = table(
    "authority",
    {
        "refuses": gettext_noop("%(authority)s refuses: %(words)s"),
        "no_reason_given": gettext_noop("It gave no reason (%(code)s)."),
        "unknown_authority": gettext_noop("There is no CA %(slug)s. Known CAs: %(known)s."),
        "serial_not_issued": gettext_noop("%(authority)s did not issue serial number %(serial)s."),
        "serial_of_another": gettext_noop("%(authority)s knows serial number %(serial)s as another certificate."),
        "never_made": gettext_noop("The settings name the local CA %(slug)s, but it was never created."),
        "reason_not_taken": gettext_noop(
            "The CA accepts neither reason %(reason)s nor any reason that could replace it."
        ),
        "key_cannot_sign": gettext_noop(
            "The certificate's key is of a kind that cannot sign for ACME: only RSA and ECDSA can."
        ),
        "no_account": gettext_noop(
            "The portal has no account at %(authority)s. Make one with: manage.py acme_account create %(slug)s. Or let "
            "the holder of the certificate's key sign."
        ),
        "account_elsewhere": gettext_noop("%(authority)s knows the account's new key as %(found)s, not as %(wanted)s."),
        "account_key_closed": gettext_noop(
            "The account's key with digest %(digest)s does not open with KEY_ENCRYPTION_KEY. Start the portal with the "
            "value that was set when the account was made."
        ),
        "no_list_of_orders": gettext_noop(
            "%(authority)s keeps no list of an account's orders. Import the files of the program that ordered the "
            "certificates: --from /etc/letsencrypt (certbot) or --from ~/.lego (lego)."
        ),
    },
    lists=frozenset({"known"}),
    kept_bare=True,
)

ORDER = table(
    "authority",
    {
        "order_undecided": gettext_noop(
            "Request %(request)s was not approved, proven or exempt when this order was found. The order was not "
            "carried out. Find out who put it into the database. If the request is approved later, the order is given "
            "anew."
        ),
        "order_without_grounds": gettext_noop(
            "The record of request %(request)s holds no decision, proof or exemption that this order could rest on. "
            "The order was not carried out. Find out who changed the request in the database."
        ),
        "bytes_of_another": gettext_noop(
            "The bytes that are kept for this certificate do not have its fingerprint. The order was not sent to "
            "the CA. Find out who changed them in the database, and restore them."
        ),
        "order_of_another": gettext_noop(
            "This certificate is neither the one that request %(request)s is about nor a reissue of it. The order was "
            "not carried out. Find out who put it into the database."
        ),
    },
    kept_bare=True,
)
"""Why an order is not carried out (L6), in sentences for staff (`services.authority.warrants`)."""

MESSAGES = UNSEEN | WAITING | OUTAGE | CONFIRMED | REFUSAL | ORDER


def _codes(names: Table | frozenset[str]) -> frozenset[str]:
    """Return the codes as rows keep them: with their subject, and without it in old rows."""
    return frozenset(names) | {MESSAGES.message(name).code for name in names}


FOR_STAFF = _codes(UNSEEN) | _codes(frozenset({"revoke_by_hand", "revoke_by_hand_unseen"}))
"""With these codes an order waits for a person here, not for the authority."""
ALREADY_REVOKED = _codes(CONFIRMED)
HINDRANCES = _codes(frozenset({"certificate_failed"}))
"""Why the portal could not look for a revocation. They no longer hold once it could."""


class AuthorityFailed(Refused):
    """An authority failed, or what it publishes is of no use. `words`: why, in the portal's words or quoted."""

    def __init__(self, words: Words) -> None:
        self.carry(as_message(words))
        self.words = words
