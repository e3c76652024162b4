"""Icons as inline SVG. The browser fetches nothing for them, and they take the colour of the text."""

from __future__ import annotations

from django import template
from django.utils.safestring import SafeString

from revocation.markup import filled

register = template.Library()

STROKES: dict[str, str] = {
    "mark": "M12 2 4 5v6.2c0 4.9 3.3 8.8 8 10.3 4.7-1.5 8-5.4 8-10.3V5zM9 9l6 6M15 9l-6 6",
    "person": "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5a7.5 7.5 0 0 1 15 0",
    "globe": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18",
    "search": "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21",
    "more": "M5 12h.01M12 12h.01M19 12h.01",
    "clock": "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2",
    "check": "M4.5 12.5l5 5 10-11",
    "cross": "M6 6l12 12M18 6 6 18",
    "bell": "M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 20.5h4",
    "letter": "M3.5 6h17v12h-17zM3.5 6.5l8.5 7 8.5-7",
    "pen": "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3",
    "globe-check": "M20.9 10.5A9 9 0 1 0 12 21M3 12h9M12 3c2 2 2.7 5 2.7 8M12 3c-3 3-3 15 0 18M14.5 17.5l2.5 2.5 4.5-5",
    "shield": "M12 2 4 5v6.2c0 4.9 3.3 8.8 8 10.3 4.7-1.5 8-5.4 8-10.3V5z",
    "chain": "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.5-5.5L12 7.5M14 10a4 4 0 0 0-6-.5l-3 3A4 4 0 0 0 10.5 18L12 16.5",
    "server": "M4 4h16v7H4zM4 13h16v7H4zM8 7.5h.01M8 16.5h.01",
    "warning": "M12 3 2.5 20h19zM12 10v4.5M12 17.5h.01",
}
"""Name → the path of the icon, on a square of 24 units."""
ICON = '<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="{}"/></svg>'
BAR = (
    '<svg class="bar {}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
    '<rect class="ground" width="100" height="6" rx="3"/><rect class="part" width="{}" height="6" rx="3"/></svg>'
)


@register.simple_tag
def icon(name: str) -> SafeString:
    """Return an icon. Screen readers skip it, since the words stand beside it."""
    return filled(ICON, STROKES[name])


@register.simple_tag
def bar(part: float) -> SafeString:
    """Return a bar that shows how much of a span is left, 0 to 1. The words beside it say the same."""
    width = round(100 * min(max(part, 0), 1), 1)
    tone = "low" if width < 12 else "middle" if width < 30 else "high"
    return filled(BAR, tone, str(width))
