"""L1: the events. They are append-only, also in the database (`revocation.guards.record`), and outlive deletion."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class EventKind(models.TextChoices):
    """What happened, in the past tense. `notifications.AUDIENCES` says who is mailed about each kind."""

    IMPORTED = "imported", _("certificate added to the inventory")
    ISSUED = "issued", _("certificate issued")
    RENEWAL_MARKED = "renewal_marked", _("marked for renewal")
    RENEWAL_UNMARKED = "renewal_unmarked", _("renewal mark removed")
    IMPORT_REFUSED = "import_refused", _("import refused")
    REQUEST_REFUSED = "request_refused", _("request refused")
    DRAFTED = "drafted", _("request started")
    AMENDED = "amended", _("reason changed")
    DISCARDED = "discarded", _("draft discarded")
    LETTER_UPLOADED = "letter_uploaded", _("letter uploaded")
    LETTER_REPLACED = "letter_replaced", _("letter replaced")
    LETTER_REFUSED = "letter_refused", _("letter refused")
    LETTER_DAMAGED = "letter_damaged", _("stored letter damaged")
    EVIDENCE_ADDED = "evidence_added", _("evidence added")
    EVIDENCE_REMOVED = "evidence_removed", _("evidence removed")
    EVIDENCE_REFUSED = "evidence_refused", _("evidence refused")
    ASSISTANCE_ASKED = "assistance_asked", _("assistance requested instead of proof")
    SUBMITTED = "submitted", _("request submitted")
    METHOD_CHANGED = "method_changed", _("validation method changed")
    METHOD_FELL_BACK = "method_fell_back", _("changed to manual validation")
    RECORD_PUBLISHED = "record_published", _("record published at the DNS provider")
    RECORD_REMOVED = "record_removed", _("record removed from the DNS provider")
    RECORD_REFUSED = "record_refused", _("DNS provider refused the record")
    DELEGATION_ADDED = "delegation_added", _("delegation added")
    DELEGATION_SEEN = "delegation_seen", _("delegation published")
    DELEGATION_BROKEN = "delegation_broken", _("delegation no longer published")
    DELEGATION_REMOVED = "delegation_removed", _("delegation removed")
    CHECK_ASKED = "check_asked", _("check requested")
    NAME_PROVEN = "name_proven", _("name proven")
    PROVEN = "proven", _("ownership proven")
    OWNERSHIP_REMINDER = "ownership_reminder", _("reminder sent")
    KEY_PROVEN = "key_proven", _("key compromise proven")
    KEY_PROOF_REFUSED = "key_proof_refused", _("proof of key compromise refused")
    KEY_KNOWN = "key_known", _("certificate has a blocked key")
    FAILED = "failed", _("ownership not proven in time")
    VOUCHED = "vouched", _("assisted request vouched for")
    HANDED_BACK = "handed_back", _("handed back for correction")
    RESUBMITTED = "resubmitted", _("resubmitted after correction")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("rejected")
    DECISION_REFUSED = "decision_refused", _("decision refused")
    OVERDUE = "overdue", _("overdue")
    TAKEN = "taken", _("assigned to a reviewer")
    GIVEN_BACK = "given_back", _("unassigned from the reviewer")
    TAKEN_OVER = "taken_over", _("reassigned to another reviewer")
    FIRST_APPROVED = "first_approved", _("first of two approvals")
    NOTED = "noted", _("internal note")
    AUTHORITY_ASKED = "authority_asked", _("sent to the CA")
    AUTHORITY_WAITS = "authority_waits", _("waiting for the CA")
    AUTHORITY_FAILED = "authority_failed", _("CA failed, the portal retries")
    AUTHORITY_STUCK = "authority_stuck", _("CA refused, needs staff")
    ORDER_REFUSED = "order_refused", _("order without a decision, not sent")
    RETRY_ASKED = "retry_asked", _("retry requested")
    RECORDED_BY_HAND = "recorded_by_hand", _("revocation recorded by hand")
    HAND_RECORD_CONFIRMED = "hand_record_confirmed", _("record by hand confirmed")
    AUTHORITY_CONFIRMED = "authority_confirmed", _("confirmed by the CA")
    SEEN = "seen", _("revocation published")
    SIGHTING_LATE = "sighting_late", _("revocation confirmed but not published")
    CERTIFICATE_REVOKED = "certificate_revoked", _("certificate revoked")
    REVOKED_ELSEWHERE = "revoked_elsewhere", _("revoked outside the portal")
    OVERTAKEN = "overtaken", _("request ended, certificate revoked outside the portal")
    DIFFERENCES_FOUND = "differences_found", _("discrepancies found")
    NOT_COMPARED = "not_compared", _("status address cannot be compared")
    HELD_ELSEWHERE = "held_elsewhere", _("on hold outside the portal")
    NOT_SEEN_ANY_MORE = "not_seen_any_more", _("revocation no longer published")
    SEEN_AGAIN = "seen_again", _("revocation published again")
    RECEIPT_MADE = "receipt_made", _("receipt created")
    REVOKED = "revoked", _("request completed")
    DEPLOY_ASKED = "deploy_asked", _("deployment requested")
    DEPLOYED = "deployed", _("deployed")
    DEPLOY_REFUSED = "deploy_refused", _("deployment refused")
    UNDEPLOY_ASKED = "undeploy_asked", _("undeployment requested")
    UNDEPLOYED = "undeployed", _("undeployed")
    DOWNLOADED = "downloaded", _("downloaded")
    DOWNLOAD_REFUSED = "download_refused", _("download refused")
    WATCHED = "watched", _("recipient added")
    UNWATCHED = "unwatched", _("recipient removed")
    WEBHOOK_ADDED = "webhook_added", _("webhook added")
    WEBHOOK_REMOVED = "webhook_removed", _("webhook removed")
    WEBHOOK_SWITCHED_ON = "webhook_switched_on", _("webhook enabled")
    WEBHOOK_GAVE_UP = "webhook_gave_up", _("webhook disabled after failures")
    HIDDEN = "hidden", _("deleted from the customer's list")
    DELETED = "deleted", _("permanently deleted")
    ACCOUNT_ADDED = "account_added", _("account added")
    ACCOUNT_REMOVED = "account_removed", _("account deleted")
    PASSWORD_CHANGED = "password_changed", _("password changed")
    PASSWORD_RESET = "password_reset", _("password reset by email link")
    ADDRESS_CHANGED = "address_changed", _("email address changed")
    FACTOR_ADDED = "factor_added", _("two-factor authentication added")
    FACTOR_REMOVED = "factor_removed", _("two-factor authentication removed")
    RECOVERY_CODES_MADE = "recovery_codes_made", _("recovery codes generated")
    RECOVERY_CODES_REMOVED = "recovery_codes_removed", _("recovery codes removed")
    RECOVERY_CODE_USED = "recovery_code_used", _("recovery code used")
    RIGHTS_CHANGED = "rights_changed", _("permissions of an account changed")
    GROUP_CHANGED = "group_changed", _("permissions of a group changed")
    MEMBER_ADDED = "member_added", _("person added to an organisation")
    MEMBER_CHANGED = "member_changed", _("permissions of a member changed")
    MEMBER_REMOVED = "member_removed", _("person removed from an organisation")


STAFF_ONLY = frozenset(
    {
        EventKind.TAKEN,
        EventKind.GIVEN_BACK,
        EventKind.TAKEN_OVER,
        EventKind.FIRST_APPROVED,
        EventKind.NOTED,
        EventKind.DECISION_REFUSED,
        EventKind.ORDER_REFUSED,
    }
)
"""Events of the review desk, which the customer never sees or hears of."""


class EventQuerySet(models.QuerySet["Event"]):
    def for_customers(self) -> EventQuerySet:
        """Return the events that customers may see."""
        return self.exclude(kind__in=STAFF_ONLY)


class Event(models.Model):
    """One event. Its references are plain numbers, not foreign keys, since it outlives what they name (M6)."""

    at = models.DateTimeField(_("time"))
    kind = models.CharField(_("event"), max_length=30, choices=EventKind.choices)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(_("actor"), max_length=400)
    source = models.CharField(_("source"), max_length=100)
    customer_id = models.BigIntegerField(null=True)
    certificate_id = models.BigIntegerField(_("certificate"), null=True)
    request_id = models.BigIntegerField(_("request"), null=True)
    person_id = models.BigIntegerField(_("person affected"), null=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    before = models.CharField(_("state before"), max_length=30, blank=True)
    after = models.CharField(_("state after"), max_length=30, blank=True)
    why = models.TextField(_("reason"), blank=True)
    data = models.JSONField(default=dict)

    objects: ClassVar[EventQuerySet] = EventQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["certificate_id", "id"], name="event_of_certificate"),
            models.Index(fields=["request_id", "id"], name="event_of_request"),
            models.Index(fields=["kind", "at"], name="event_of_kind"),
            models.Index(fields=["person_id", "id"], condition=Q(person_id__isnull=False), name="event_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}"
