"""L1: what happened. Append-only, in the database too (triggers in the migrations), and outlives deletion."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    """What happened, in the past tense. `notifications.AUDIENCES` says whom each mails."""

    IMPORTED = "imported", _("certificate added to the inventory")
    ISSUED = "issued", _("certificate issued")
    RENEWAL_MARKED = "renewal_marked", _("marked to be renewed")
    RENEWAL_UNMARKED = "renewal_unmarked", _("no longer marked to be renewed")
    IMPORT_REFUSED = "import_refused", _("import refused")
    REQUEST_REFUSED = "request_refused", _("request refused by a rule")
    DRAFTED = "drafted", _("request begun")
    AMENDED = "amended", _("reason changed")
    DISCARDED = "discarded", _("draft discarded")
    LETTER_UPLOADED = "letter_uploaded", _("letter uploaded")
    LETTER_REPLACED = "letter_replaced", _("letter replaced")
    LETTER_REFUSED = "letter_refused", _("letter refused")
    LETTER_DAMAGED = "letter_damaged", _("stored letter differs from what was uploaded")
    EVIDENCE_ADDED = "evidence_added", _("evidence added")
    EVIDENCE_REMOVED = "evidence_removed", _("evidence taken back")
    EVIDENCE_REFUSED = "evidence_refused", _("evidence refused")
    ASSISTANCE_ASKED = "assistance_asked", _("assistance asked for instead of the proof")
    SUBMITTED = "submitted", _("request submitted")
    METHOD_CHANGED = "method_changed", _("validation method changed")
    METHOD_FELL_BACK = "method_fell_back", _("validation fell back to the manual method")
    RECORD_PUBLISHED = "record_published", _("record published at the DNS provider")
    RECORD_REMOVED = "record_removed", _("record removed from the DNS provider")
    RECORD_REFUSED = "record_refused", _("the DNS provider refused; staff must look")
    DELEGATION_ADDED = "delegation_added", _("delegation begun")
    DELEGATION_SEEN = "delegation_seen", _("delegation seen")
    DELEGATION_BROKEN = "delegation_broken", _("delegation no longer there")
    DELEGATION_REMOVED = "delegation_removed", _("delegation removed")
    CHECK_ASKED = "check_asked", _("check asked for")
    NAME_PROVEN = "name_proven", _("name proven")
    PROVEN = "proven", _("ownership proven")
    OWNERSHIP_REMINDER = "ownership_reminder", _("reminded of the proof")
    KEY_PROVEN = "key_proven", _("private key proven to be in somebody's hands")
    KEY_PROOF_REFUSED = "key_proof_refused", _("proof of the private key refused")
    KEY_KNOWN = "key_known", _("certificate with a blocked key")
    FAILED = "failed", _("ownership not proven in time")
    VOUCHED = "vouched", _("assisted request vouched for")
    HANDED_BACK = "handed_back", _("handed back for correction")
    RESUBMITTED = "resubmitted", _("submitted again after correction")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    DECISION_REFUSED = "decision_refused", _("decision refused")
    OVERDUE = "overdue", _("overdue")
    TAKEN = "taken", _("taken by a reviewer")
    GIVEN_BACK = "given_back", _("given back to the queue")
    TAKEN_OVER = "taken_over", _("taken over from another reviewer")
    FIRST_APPROVED = "first_approved", _("approved by the first of two")
    NOTED = "noted", _("internal note")
    AUTHORITY_ASKED = "authority_asked", _("authority asked")
    AUTHORITY_WAITS = "authority_waits", _("waiting for the authority")
    AUTHORITY_FAILED = "authority_failed", _("authority did not do it; will be tried again")
    AUTHORITY_STUCK = "authority_stuck", _("authority refused; staff must look")
    RETRY_ASKED = "retry_asked", _("new attempt asked for")
    RECORDED_BY_HAND = "recorded_by_hand", _("revocation in the authority's console recorded")
    AUTHORITY_CONFIRMED = "authority_confirmed", _("authority has confirmed")
    SEEN = "seen", _("revocation seen by others")
    SIGHTING_LATE = "sighting_late", _("revocation confirmed, but not yet visible to others")
    CERTIFICATE_REVOKED = "certificate_revoked", _("certificate revoked")
    REVOKED_ELSEWHERE = "revoked_elsewhere", _("revoked elsewhere, as others see it")
    OVERTAKEN = "overtaken", _("request ended: the certificate was revoked elsewhere")
    DIFFERENCES_FOUND = "differences_found", _("differences between the portal and the world found")
    HELD_ELSEWHERE = "held_elsewhere", _("on hold elsewhere, as others see it")
    NOT_SEEN_ANY_MORE = "not_seen_any_more", _("revocation no longer seen by others")
    SEEN_AGAIN = "seen_again", _("revocation seen by others again")
    RECEIPT_MADE = "receipt_made", _("receipt made")
    REVOKED = "revoked", _("request carried out")
    DEPLOY_ASKED = "deploy_asked", _("deployment asked for")
    DEPLOYED = "deployed", _("deployed")
    DEPLOY_REFUSED = "deploy_refused", _("deployment refused")
    UNDEPLOY_ASKED = "undeploy_asked", _("un-deployment asked for")
    UNDEPLOYED = "undeployed", _("un-deployed")
    DOWNLOADED = "downloaded", _("downloaded")
    DOWNLOAD_REFUSED = "download_refused", _("download refused")
    WATCHED = "watched", _("address added to be told")
    UNWATCHED = "unwatched", _("address no longer told")
    WEBHOOK_ADDED = "webhook_added", _("webhook added")
    WEBHOOK_REMOVED = "webhook_removed", _("webhook removed")
    WEBHOOK_SWITCHED_ON = "webhook_switched_on", _("webhook switched on again")
    WEBHOOK_GAVE_UP = "webhook_gave_up", _("webhook switched off: nothing arrives there")
    HIDDEN = "hidden", _("deleted from the customer's list")
    DELETED = "deleted", _("deleted for good")


STAFF_ONLY = frozenset(
    {
        EventKind.TAKEN,
        EventKind.GIVEN_BACK,
        EventKind.TAKEN_OVER,
        EventKind.FIRST_APPROVED,
        EventKind.NOTED,
        EventKind.DECISION_REFUSED,
    }
)
"""The desk's own: never shown or told to the customer."""


class EventQuerySet(models.QuerySet["Event"]):
    def for_customers(self) -> EventQuerySet:
        """Without what is the desk's own."""
        return self.exclude(kind__in=STAFF_ONLY)


class Event(models.Model):
    """References are plain numbers without foreign keys: an event outlives what it speaks of (M6)."""

    at = models.DateTimeField(_("when"))
    kind = models.CharField(_("what"), max_length=30, choices=EventKind.choices)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("who"), max_length=400)
    source = models.CharField(_("from where"), max_length=100)
    customer_id = models.BigIntegerField(null=True)
    certificate_id = models.BigIntegerField(_("certificate"), null=True)
    request_id = models.BigIntegerField(_("request"), null=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    before = models.CharField(_("state before"), max_length=30, blank=True)
    after = models.CharField(_("state after"), max_length=30, blank=True)
    why = models.TextField(_("why"), blank=True)
    data = models.JSONField(default=dict)

    objects: ClassVar[EventQuerySet] = EventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["certificate_id", "id"], name="event_of_certificate"),
            models.Index(fields=["request_id", "id"], name="event_of_request"),
            models.Index(fields=["kind", "at"], name="event_of_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"
