"""Why a letter is refused: stable codes, and for each what was found, what is accepted and what to do (rule F7).

`inspection` knows `%(accepted)s`, `%(smallest)s`, `%(largest)s`, `%(largest_mb)s` and `%(size)s` for every code. Who
refuses gives the others.
"""

from __future__ import annotations

from revocation.marking import gettext_noop
from revocation.messages import Refused, table

FOUND: dict[str, str] = {
    "empty": gettext_noop("The file is empty."),
    "too_small": gettext_noop("The file has only %(size)s bytes."),
    "too_large": gettext_noop("The file has %(size)s bytes, which is too large."),
    "unknown_kind": gettext_noop("The file is %(found)s, which is not accepted."),
    "kind_not_accepted": gettext_noop("The file is a %(found)s file, which is not accepted here."),
    "name_without_extension": gettext_noop("The file's name has no extension, but its content is %(found)s."),
    "name_disagrees": gettext_noop("The file's name ends in .%(extension)s, but its content is %(found)s."),
    "name_pretends": gettext_noop("The file's name also says .%(extension)s, but its content is %(found)s."),
    "unreadable": gettext_noop("The file is damaged or incomplete: it begins as %(found)s but cannot be read."),
    "truncated": gettext_noop("The file is incomplete: the end of the %(found)s is missing."),
    "trailing_data": gettext_noop("The file has %(extra)s extra bytes after the end of the %(found)s."),
    "foreign_content": gettext_noop("Inside the %(found)s there is something else: %(foreign)s."),
    "virus": gettext_noop("The virus scanner found %(virus)s in the file."),
    "other_request": gettext_noop("This letter was prepared for request %(other)s. The request here is %(request)s."),
    "other_certificate": gettext_noop(
        "This letter was prepared for another certificate, whose fingerprint is %(other)s."
    ),
    "other_certificates": gettext_noop(
        "This letter for %(request)s lists other certificates than the ones that are asked for now."
    ),
    "animated": gettext_noop("The %(found)s is an animation. A letter is one still picture."),
    "too_many_pixels": gettext_noop(
        "The picture has %(width)s × %(height)s pixels. At most %(max_pixels)s in all are accepted."
    ),
    "too_many_scans": gettext_noop("The picture is drawn in %(scans)s passes. At most %(max_scans)s are accepted."),
    "rare_jpeg": gettext_noop("The JPG is lossless or has more than 8 bits per colour. Few programs can show it."),
    "too_costly": gettext_noop("The %(found)s needs too much time or memory to be shown."),
    "pdf_encrypted": gettext_noop("The PDF is encrypted or protected by a password."),
    "pdf_no_pages": gettext_noop("The PDF has no page."),
    "pdf_too_many_pages": gettext_noop("The PDF has %(pages)s pages. At most %(max_pages)s are accepted."),
    "pdf_too_many_objects": gettext_noop("The PDF has %(objects)s parts. At most %(max_objects)s are accepted."),
    "pdf_feature": gettext_noop("The PDF contains %(feature)s, which a letter must not have."),
    "pdf_ambiguous": gettext_noop("The PDF is ambiguous because two programs show different pages."),
}

WHAT_IS_ACCEPTED = gettext_noop(
    "Accepted are %(accepted)s files of at least %(smallest)s bytes (more than 1 KB) "
    "and at most %(largest)s bytes (%(largest_mb)s MB)."
)
"""Part of every refusal (F7) but those in `ABOUT_ANOTHER_LETTER`."""

ABOUT_ANOTHER_LETTER = frozenset({"other_request", "other_certificate", "other_certificates"})
"""The file is fine but is another letter, so kinds and sizes would mislead."""

ADVICE: dict[str, str] = {
    "unreadable": gettext_noop("Please scan or save the letter again."),
    "truncated": gettext_noop("Please scan or save the letter again."),
    "trailing_data": gettext_noop("Please save the letter again with another program."),
    "foreign_content": gettext_noop("Please save the letter again with another program."),
    "too_many_pixels": gettext_noop("Please scan it at a lower resolution."),
    "too_many_scans": gettext_noop("Please save it again as an ordinary picture."),
    "rare_jpeg": gettext_noop("Please save it again as an ordinary picture."),
    "too_costly": gettext_noop("Please scan it at a lower resolution, or save it again."),
    "virus": gettext_noop("Please print the letter and scan it with another machine."),
    "other_request": gettext_noop("Please download the template of this request, and have that one stamped."),
    "other_certificate": gettext_noop("Please download the template of this request, and have that one stamped."),
    "other_certificates": gettext_noop("Please download the template again, and have that one stamped."),
    "pdf_encrypted": gettext_noop("Please save it without protection."),
    "pdf_feature": gettext_noop("Please print the letter and scan it, or print it into a new PDF."),
    "pdf_ambiguous": gettext_noop("Please print the letter and scan it, or print it into a new PDF."),
    "name_without_extension": gettext_noop("Please rename the file."),
    "name_disagrees": gettext_noop("Please rename the file if it is the right one."),
    "name_pretends": gettext_noop("Please rename the file."),
}
"""What to do, where it is not plain from the rest."""


def _sentences(name: str) -> tuple[str, ...]:
    accepted = "" if name in ABOUT_ANOTHER_LETTER else WHAT_IS_ACCEPTED
    return tuple(filter(None, (FOUND[name], accepted, ADVICE.get(name, ""))))


MESSAGES = table(
    "letter",
    {name: _sentences(name) for name in FOUND},
    status=422,
    words=frozenset({"found", "feature", "foreign"}),
)


class FileRefused(Refused):
    """A reason to refuse, a key of `MESSAGES`, with the figures that its finder knows. `inspection` adds the others."""

    subject = "letter"
