"""A field for people's own words, which names the character that it refuses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator

from revocation.letters.text import code, first_not_writing, is_writing
from revocation.services.core.words import MESSAGES


def refuse_what_is_no_writing(text: str) -> None:
    """Refuse text with a control character or half of a surrogate pair.

    Raises `ValidationError`, which names the first one.
    """
    if odd := first_not_writing(text):
        raise ValidationError(str(MESSAGES.message("not_writing", {"code": code(odd)})), code="not_writing")


class WordsField(forms.CharField):
    """A text field that shows a refused character in its place, where the person can find and delete it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.validators = [v for v in self.validators if not isinstance(v, ProhibitNullCharactersValidator)]
        self.validators.append(refuse_what_is_no_writing)

    def bound_data(self, data: Any, initial: Any) -> Any:
        shown = super().bound_data(data, initial)
        return "".join(c if is_writing(c) else f"⟨{code(c)}⟩" for c in shown) if isinstance(shown, str) else shown
