"""What the portal itself says about an authority: kept as a code with what fills it, said in the reader's language.

Pure Python. An authority's own words are no saying: they are quoted as they came, or stand inside one (`words`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from revocation.marking import gettext_noop
from revocation.outbound.failure import SENTENCES as FETCH_TEXTS
from revocation.pki.facts import SENTENCES as CERTIFICATE_TEXTS
from revocation.pki.status import STATUS_TEXTS

UNSEEN_TEXTS: Mapping[str, str] = {
    "not_issued_here": gettext_noop("%(authority)s did not issue a certificate with this serial number."),
    "no_addresses": gettext_noop("The certificate names no CRL or OCSP address that the portal could look at."),
    "no_issuer": gettext_noop(
        "The issuer's certificate is not known, so its CRL and OCSP answers cannot be checked. Add it to the "
        "certificate."
    ),
    "unknown_to_responder": gettext_noop("The OCSP responder at %(url)s does not know this certificate."),
}
"""`interface.Unseen.code` -> sentence for staff."""

WAITING_TEXTS: Mapping[str, str] = {
    "revoke_by_hand": gettext_noop(
        "%(authority)s has no interface. Revoke the certificate in its own console, then record it here. The "
        "portal says revoked when it sees it in the CRL or OCSP of the certificate. Last looked: %(seen_at)s."
    ),
    "revoke_by_hand_unseen": gettext_noop(
        "%(authority)s has no interface. Revoke the certificate in its own console, then record it here. The "
        "portal cannot look at the CRL or OCSP of the certificate just now: %(failures)s"
    ),
    "recorded_not_yet_seen": gettext_noop(
        "It is recorded that the certificate was revoked in the console of %(authority)s, but the authority "
        "does not publish it yet. The portal keeps looking; last looked: %(seen_at)s."
    ),
    "told_not_yet_seen": gettext_noop(
        "%(authority)s was told and took it, but says nowhere yet that the certificate is revoked. The portal keeps "
        "asking; if you see the revocation elsewhere, record it here. Last asked: %(seen_at)s."
    ),
    **UNSEEN_TEXTS,
}
"""`interface.Waiting.code` -> sentence for staff."""

OUTAGE_TEXTS: Mapping[str, str] = {
    "cannot_answer": gettext_noop("%(authority)s cannot answer now: %(words)s"),
    "unreachable": gettext_noop("%(authority)s cannot be reached: %(words)s"),
    "not_acme": gettext_noop("%(authority)s answers something that is not ACME: %(words)s"),
    "tls_unchecked": gettext_noop(
        "The TLS certificate of %(authority)s cannot be checked: %(words)s If it is a private authority, name its root "
        "certificate in the option ca_bundle."
    ),
    "nothing_readable": "%(failures)s",
    "at_address": "%(url)s: %(why)s",
    "answer_status": gettext_noop("The answer has status %(status)s."),
    "answer_larger": gettext_noop("The answer is larger than %(limit)s bytes."),
}

REFUSAL_TEXTS: Mapping[str, str] = {
    "refuses": gettext_noop("%(authority)s refuses: %(words)s"),
    "no_reason_given": gettext_noop("It gave no reason (%(code)s)."),
    "unknown_authority": gettext_noop("There is no authority %(slug)s; there are: %(known)s."),
    "serial_not_issued": gettext_noop("%(authority)s did not issue serial number %(serial)s."),
    "serial_of_another": gettext_noop("%(authority)s knows serial number %(serial)s as another certificate."),
    "never_made": gettext_noop("The settings name the local authority %(slug)s, but it was never made."),
    "reason_not_taken": gettext_noop("The authority takes neither reason %(reason)s nor one that could stand for it."),
    "key_cannot_sign": gettext_noop(
        "The certificate's key is of a kind that cannot sign for ACME: only RSA and ECDSA can."
    ),
    "no_account": gettext_noop(
        "The portal has no account at %(authority)s. Make one with: manage.py acme_account create %(slug)s. Or let the "
        "holder of the certificate's key sign."
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
}

TABLES = (WAITING_TEXTS, OUTAGE_TEXTS, REFUSAL_TEXTS, STATUS_TEXTS, FETCH_TEXTS, CERTIFICATE_TEXTS)
TEXTS: Mapping[str, str] = {code: text for table in TABLES for code, text in table.items()}
"""Code -> sentence. A code is in one table only."""

Translate = Callable[[str], str]


def say(code: str, params: Mapping[str, Any], translate: Translate = str) -> str:
    """The sentence; what fills it may be sayings again, kept as `Saying.kept`, or several of them."""
    text = translate(TEXTS[code])
    return text % {name: _filling(value, translate) for name, value in params.items()}


def _filling(value: Any, translate: Translate) -> str:
    if isinstance(value, list):
        return " ".join(_filling(each, translate) for each in value)
    if isinstance(value, dict):
        return say(value["code"], value["params"], translate)
    return str(value)


@dataclass(frozen=True)
class Saying:
    """One sentence. `params`: plain values, other sayings, lists of both. `str()` is English."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return say(self.code, self.kept["params"])

    @property
    def kept(self) -> dict[str, Any]:
        """As JSON keeps it: {"code": …, "params": {…}}."""
        return {"code": self.code, "params": {name: _plain(value) for name, value in self.params.items()}}


Words = Saying | str
"""The portal's own, or somebody else's that are quoted."""


def _plain(value: Any) -> Any:
    if isinstance(value, Saying):
        return value.kept
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def kept(words: Words) -> dict[str, Any]:
    """For an event's data; empty for what is quoted."""
    return words.kept if isinstance(words, Saying) else {}


class Said(Exception):
    """An exception that carries words for people."""

    def __init__(self, words: Words) -> None:
        super().__init__(str(words))
        self.words = words
        self.message = str(words)
