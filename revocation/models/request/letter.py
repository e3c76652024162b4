"""Letters of the routes F2 and F4: the file in a private store, its digest, and pictures that the server made once."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LetterFile(models.Model):
    """The facts about an uploaded file. `stored_as`: its name in the store, which says nothing about the content.

    `sha256`: the digest of its bytes. `hints`: what the inspection measured (`revocation.letters.facts.HINTS`).
    """

    file_name = models.CharField(_("file name"), max_length=200)
    kind = models.CharField(_("kind of file"), max_length=4)
    media_type = models.CharField(max_length=50)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=100, db_index=True)
    hints = models.JSONField(default=list)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.file_name


class PagedFile(LetterFile):
    """A file with its pages as pictures, which the server made at upload. Each can become a `LetterPicture`."""

    pages = models.JSONField(default=list)

    class Meta:
        abstract = True

    @property
    def stored_names(self) -> list[str]:
        """The names of all objects in the store that belong to it."""
        return [self.stored_as, *(page["stored_as"] for page in self.pages)]


class HeldLetter(PagedFile):
    """A file that was inspected and stored, but is not the letter yet: the customer looks at it and may keep it (F8).

    `template_code`: what the QR code of the template said at that time. A letter is kept only for the certificates that
    it was held for. `expires_at`: nobody can keep it after that, and the worker deletes it.
    """

    request = models.OneToOneField("revocation.RevocationRequest", on_delete=models.CASCADE, related_name="held_letter")
    template_code = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(db_index=True)


class Letter(LetterFile):
    """The letter of one request. Requests that were filed together have a row each and share the file.

    `superseded_at`: when it was replaced (F8) or its request handed back; the earlier file is kept. `erased_at`: when
    the file was deleted with the certificate; the digest stays (M6).
    """

    request = models.ForeignKey("revocation.RevocationRequest", on_delete=models.PROTECT, related_name="letters")
    uploaded_at = models.DateTimeField(_("uploaded at"), default=timezone.now)
    uploaded_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    superseded_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(superseded_at__isnull=True),
                name="one_current_letter_a_request",
            )
        ]
        indexes = [models.Index(fields=["sha256", "request"], name="letter_digest")]


class LetterPicture(models.Model):
    """A page as a picture, which the server made at upload. The reviewer sees it, and the decision refers to it."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="pictures")
    number = models.PositiveSmallIntegerField()
    media_type = models.CharField(max_length=50)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=100, db_index=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["letter", "number"], name="one_picture_a_page")]
        indexes = [models.Index(fields=["sha256", "letter"], name="letter_picture_digest")]

    def __str__(self) -> str:
        return f"{self.letter} – {self.number}"
