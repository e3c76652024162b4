"""The certificate in a customer's inventory: facts read from its bytes, and facts that only the purchase tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Case, F, Q, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from certportal.accounts.models import Customer, User
from revocation import policy
from revocation.models.certificate.brand import Brand
from revocation.models.certificate.name import CertificateName, spelt
from revocation.models.certificate.search_index import BeginningIndex, SearchIndex
from revocation.models.certificate.status_point import StatusPoint
from revocation.models.state_machine import StateMachineModel
from revocation.pki.facts import Level, Standard
from revocation.reasons import REASONS


class CertificateState(models.TextChoices):
    ISSUED = policy.State.ISSUED.value, _("issued")
    REVOKING = policy.State.REVOKING.value, _("revoking")
    REVOKED = policy.State.REVOKED.value, _("revoked")
    DELETED = policy.State.DELETED.value, _("deleted")


class ValidationMethod(models.TextChoices):
    """O1: how the names were validated when the certificate was bought."""

    DNS = "dns", _("manual DNS record")
    FILE = "file", _("manual file")
    DNS_AUTO = "dns_auto", _("automatic DNS record")
    DNS_PROXY = "dns_proxy", _("DNS delegation")
    FILE_PROXY = "file_proxy", _("file delegation")


STANDARDS = [(Standard.INTERNATIONAL.value, _("international")), (Standard.SM2.value, _("SM2"))]
LEVELS = [(Level.DV.value, "DV"), (Level.OV.value, "OV"), (Level.EV.value, "EV")]
LEVEL_SOURCES = [
    ("order", _("purchase")),
    ("policy", _("policy identifiers in the certificate")),
    ("subject", _("subject in the certificate")),
]


LISTED = Q(hidden_at__isnull=True) & ~Q(state=CertificateState.DELETED)


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User) -> CertificateQuerySet:
        """L3: return what the user may act on: their organisations' certificates that are still in the list."""
        return self.of(user).filter(hidden_at__isnull=True)

    def listed(self, customer_id: int) -> CertificateQuerySet:
        """Return what one organisation has in its list, without permanently deleted certificates."""
        return self.filter(LISTED, customer_id=customer_id)

    def listed_among(self, ids: Collection[int], customer_id: int, facts: Q) -> CertificateQuerySet:
        """Return those of a few certificates that one organisation has in its list, and that have these facts.

        The conditions are one expression, so that SQLite does not walk the organisation's whole list for them.
        """
        fits = Case(When(LISTED & Q(customer_id=customer_id) & facts, then=True), default=False)
        return self.filter(pk__in=ids).alias(fits=fits).filter(fits=True)

    def bulk_create(self, objs: Iterable[Certificate], *args: Any, **kwargs: Any) -> list[Certificate]:
        """Create the certificates together with the names by which staff find them."""
        made = super().bulk_create(objs, *args, **kwargs)
        CertificateName.objects.bulk_create((row for one in made for row in one.name_rows()), batch_size=1000)
        return made

    def of(self, user: User) -> CertificateQuerySet:
        """Return all certificates of the user's organisations.

        Most users have one organisation. Comparing with its key, not with a subquery, lets the database walk the index
        `certificate_list` in its order instead of sorting all rows (`make bench ONLY=pages`).
        """
        customers = list(user.memberships.values_list("customer_id", flat=True))
        return self.filter(customer_id=customers[0]) if len(customers) == 1 else self.filter(customer__in=customers)


class Certificate(StateMachineModel):
    """A certificate: `issued → revoking → revoked → deleted`, and back to *issued* after a request in vain.

    A row in state *deleted* is the tombstone of M6: bytes and letters are gone, facts and events stay.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="certificates")
    state = FSMField(_("state"), default=CertificateState.ISSUED, choices=CertificateState.choices, protected=True)

    serial_number = models.CharField(_("serial number"), max_length=256)
    fingerprint = models.CharField(_("SHA-256 fingerprint"), max_length=64, unique=True)
    common_name = models.CharField(_("common name"), max_length=300, blank=True)
    names = models.JSONField(_("names"), default=list)
    organization = models.CharField(_("organisation"), max_length=300, blank=True)
    subject = models.TextField(_("subject"))
    issuer = models.TextField(_("issuer"))
    issuer_name = models.CharField(_("issuer"), max_length=300, blank=True)
    not_before = models.DateTimeField(_("valid from"))
    not_after = models.DateTimeField(_("valid until"))
    key_algorithm = models.CharField(_("key"), max_length=60)
    key_digest = models.CharField(_("digest of the public key"), max_length=64, db_index=True)
    policy_oids = models.JSONField(_("policies"), default=list)
    standard = models.CharField(_("standard"), max_length=13, choices=STANDARDS)
    level = models.CharField(_("validation level"), max_length=2, choices=LEVELS)
    level_source = models.CharField(_("source of level"), max_length=7, choices=LEVEL_SOURCES)
    search_text = models.TextField(editable=False)

    uploaded = models.BooleanField(_("uploaded, not issued here"), default=False)
    authority = models.SlugField(_("issuing CA"), blank=True)
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, verbose_name=_("brand"))
    term_years = models.PositiveSmallIntegerField(_("years purchased"), default=1)
    validation_method = models.CharField(
        _("validation method"), max_length=10, choices=ValidationMethod.choices, default=ValidationMethod.DNS
    )
    to_be_renewed = models.BooleanField(_("renewal planned"), default=False)
    reissued_from = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,
        related_name="reissues",
        verbose_name=_("reissue of"),
    )

    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    revocation_reason = models.PositiveSmallIntegerField(
        _("reason"), null=True, blank=True, choices=[(r.code, r.name) for r in REASONS]
    )
    revocation_unstated = models.BooleanField(
        _("time or reason not stated"), default=False, db_default=False, editable=False
    )
    hidden_at = models.DateTimeField(null=True, blank=True)
    hidden_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)
    deleted_by = models.ForeignKey(
        "accounts.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    added_at = models.DateTimeField(_("added at"), default=timezone.now)
    status_point = models.ForeignKey(
        StatusPoint, on_delete=models.PROTECT, null=True, editable=False, db_index=False, related_name="certificates"
    )

    objects: ClassVar[models.Manager[Certificate]] = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        permissions = [
            ("import_certificates", "Can import and issue certificates"),
            ("purge_certificate", "Can delete certificates for good"),
        ]
        indexes = [
            models.Index(
                fields=["customer", "not_after", "id"],
                condition=Q(hidden_at__isnull=True),
                name="certificate_list",
            ),
            models.Index(
                fields=["customer", "state", "not_after", "id"],
                condition=Q(hidden_at__isnull=True),
                name="certificate_list_by_state",
            ),
            models.Index(
                fields=["customer", "brand", "not_after", "id"],
                condition=Q(hidden_at__isnull=True),
                name="certificate_list_by_brand",
            ),
            SearchIndex(
                fields=["customer", "not_after", "id", "state", "search_text", "hidden_at"],
                condition=Q(hidden_at__isnull=True),
                name="certificate_search",
            ),
            models.Index(fields=["not_after", "id"], name="certificate_expiry"),
            models.Index(fields=["serial_number"], name="certificate_serial"),
            BeginningIndex(fields=["common_name"], name="certificate_name_begins"),
            BeginningIndex(fields=["organization"], name="certificate_organisation"),
            models.Index(fields=["status_point", "id"], name="certificate_status_point"),
            models.Index(
                fields=["reissued_from"], condition=Q(reissued_from__isnull=False), name="certificate_reissues"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=CertificateState.REVOKED)
                | Q(revoked_at__isnull=False, revocation_reason__isnull=False)
                | Q(revocation_unstated=True),
                name="certificate_revoked_has_time_and_reason",
            ),
            models.CheckConstraint(
                condition=~Q(uploaded=True) | Q(state__in=[CertificateState.ISSUED, CertificateState.DELETED]),
                name="certificate_uploaded_is_never_revoked",
            ),
            models.CheckConstraint(
                condition=Q(hidden_at__isnull=True, hidden_by__isnull=True)
                | Q(hidden_at__isnull=False, hidden_by__isnull=False),
                name="certificate_hidden_at_with_by",
            ),
            models.CheckConstraint(
                condition=Q(deleted_at__isnull=True, deleted_by__isnull=True)
                | Q(deleted_at__isnull=False, deleted_by__isnull=False),
                name="certificate_deleted_at_with_by",
            ),
            models.CheckConstraint(
                condition=~Q(state=CertificateState.DELETED) | Q(deleted_at__isnull=False),
                name="certificate_deleted_has_time",
            ),
            models.CheckConstraint(
                condition=Q(reissued_from__isnull=True) | ~Q(reissued_from=F("id")),
                name="certificate_is_not_its_own_reissue",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the certificate, a new one with the names by which staff find it. These names never change."""
        is_new = self._state.adding
        super().save(*args, **kwargs)
        if is_new:
            CertificateName.objects.bulk_create(self.name_rows(), batch_size=1000)

    def name_rows(self) -> Iterator[CertificateName]:
        """Return the rows by which staff find it, not saved."""
        return (CertificateName(certificate=self, name=name) for name in spelt((self.common_name, *self.names)))

    @property
    def label(self) -> str:
        """What people call it: its title and the end of its serial number."""
        return f"{self.title} ({self.serial_number[-8:]})"

    @property
    def title(self) -> str:
        return self.common_name or (self.names[0] if self.names else self.subject) or self.fingerprint[:16]

    @property
    def other_names(self) -> list[str]:
        return [name for name in self.names if name != self.title]

    # -- transitions: what changes when, and nothing else ----------------------------------------------------------

    @transition(field=state, source=CertificateState.ISSUED, target=CertificateState.REVOKING)
    def enter_revocation(self) -> None:
        """M4: lock the certificate. From now on it is neither downloaded nor deployed."""

    @transition(field=state, source=CertificateState.REVOKING, target=CertificateState.ISSUED)
    def release(self) -> None:
        """M4: unlock the certificate, since its request ended without a revocation."""

    @transition(field=state, source=CertificateState.REVOKING, target=CertificateState.REVOKED)
    def confirm_revoked(self, *, revoked_at: datetime | None, reason: int | None) -> None:
        """M5: become revoked: the authority has confirmed, and it is proven. None: not stated by the authority (C7)."""
        self._revoke(revoked_at, reason)

    @transition(
        field=state, source=[CertificateState.ISSUED, CertificateState.REVOKING], target=CertificateState.REVOKED
    )
    def take_over_revocation(self, *, revoked_at: datetime | None, reason: int | None) -> None:
        """M5: become revoked as the authority publishes it, signed: the revocation was made without this portal."""
        self._revoke(revoked_at, reason)

    def _revoke(self, revoked_at: datetime | None, reason: int | None) -> None:
        """Note time and reason, or mark them as not stated: the database demands one or the other."""
        self.revoked_at, self.revocation_reason = revoked_at, reason
        self.revocation_unstated = revoked_at is None or reason is None

    @transition(
        field=state,
        source=[CertificateState.ISSUED, CertificateState.REVOKED],
        target=CertificateState.DELETED,
    )
    def purge(self, *, by: User, at: datetime) -> None:
        """M6: delete for good. Only the tombstone remains."""
        self.deleted_at = at
        self.deleted_by = by

    # -- facts at an instant ----------------------------------------------------------------------------------------

    @property
    def route(self) -> policy.Route:
        return policy.route_for(self.brand_id, Standard(self.standard), Level(self.level))

    def is_expired(self, at: datetime) -> bool:
        return at > self.not_after

    def is_living(self, at: datetime) -> bool:
        """Return whether it is issued or revoking, and not expired."""
        return self.state in (CertificateState.ISSUED, CertificateState.REVOKING) and not self.is_expired(at)

    @property
    def is_locked(self) -> bool:
        """M4: whether download and deployment are refused. A revoked or deleted certificate stays locked."""
        return bool(self.state != CertificateState.ISSUED)

    @property
    def is_deleted(self) -> bool:
        """M6: whether only the tombstone is left."""
        return bool(self.state == CertificateState.DELETED)

    @property
    def is_revoked(self) -> bool:
        return bool(self.state == CertificateState.REVOKED)


class CertificateBytes(models.Model):
    """The certificate's bytes, in a table of their own so that lists read less. Gone after deletion."""

    certificate = models.OneToOneField(Certificate, on_delete=models.CASCADE, primary_key=True, related_name="bytes")
    der = models.BinaryField()

    def __str__(self) -> str:
        return str(self.certificate_id)


class IssuerCertificate(models.Model):
    """A CA certificate. Chains are built from these, and they verify an authority's CRLs and OCSP answers."""

    fingerprint = models.CharField(max_length=64, unique=True)
    subject_digest = models.CharField(max_length=64, db_index=True)
    subject = models.TextField()
    der = models.BinaryField()

    class Meta:
        verbose_name = _("issuer certificate")
        verbose_name_plural = _("issuer certificates")

    def __str__(self) -> str:
        return self.subject
