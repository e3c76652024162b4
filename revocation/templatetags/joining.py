"""What stands between parts of a text that a template joins, in the reader's language (`revocation.joining`)."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString, mark_safe

from revocation import joining

register = template.Library()


@register.simple_tag
def colon() -> str:
    """Return what stands after a label."""
    return joining.mark(joining.LABEL)


@register.simple_tag
def stop() -> str:
    """Return what stands between a phrase and the sentence that follows it."""
    return joining.mark(joining.STOP)


@register.simple_tag
def comma() -> str:
    """Return what stands between facts about one thing."""
    return joining.mark(joining.FACT)


@register.simple_tag
def semicolon() -> str:
    """Return what stands between parts that may contain commas."""
    return joining.mark(joining.LONG_ITEM)


@register.simple_tag
def next_item() -> str:
    """Return what stands between items of a list."""
    return joining.mark(joining.ITEM)


@register.simple_tag
def gap() -> str:
    """Return what stands between two sentences, and after a text that ends with a colon."""
    return joining.gap()


@register.filter
def listed(words: Iterable[object]) -> str:
    """Return the items of a list as one text."""
    return joining.items(map(str, words))


@register.filter
def long_listed(words: Iterable[object]) -> str:
    """Return items that may contain commas as one text."""
    return joining.long_items(map(str, words))


@register.filter
def bracketed(text: object) -> str | SafeString:
    """Return an addition in brackets, ready to follow a word; empty for nothing."""
    if not text:
        return ""
    shown = joining.bracketed(text)
    return mark_safe(shown) if isinstance(text, SafeString) else shown  # noqa: S308 - the brackets add no markup
