"""The rows of *My Certificates*: most of what the page says, so what many rows share is prepared once for all.

Every value is escaped by `filled`: names, brands and the words of refusals may say anything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from functools import cache

from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext as _

from revocation.markup import escaped, filled, joined
from revocation.models import Certificate, CertificateState, RequestState, RevocationRequest
from revocation.models.certificate.certificate import LEVELS, STANDARDS
from revocation.services.requests.eligibility import Eligibility
from revocation.templatetags.icons import bar
from revocation.templatetags.portal import Zone, day, days_left, part_left, spelt
from revocation.web.presenters.addresses import Addresses
from revocation.web.presenters.menu import Entry, Menus

ROW = """<tr>
<td class="choose">{}</td>
<td data-label="{}">{}</td>
<td data-label="{}">{}</td>
<td data-label="{}">{}</td>
<td data-label="{}">{}</td>
<td data-label="{}"><div class="actions">{}{}</div></td>
</tr>
"""
CHOOSE = '<input type="checkbox" form="chosen" name="id" value="{}"{} aria-label="{}">'
CHECKED = SafeString(" checked")
MENU = """<details class="menu">
<summary>{}<span class="hidden"> – {}</span></summary>
<div>
{}</div>
</details>"""


class CertificateRows:
    """Draws the rows of one page, in the language that is active now.

    `chosen`: keys of the certificates that are selected. `brands`: slug → name. `owners`: key → name of the
    organisation, for a person of several; else empty.
    """

    def __init__(
        self, *, now: datetime, chosen: Collection[int], brands: Mapping[str, str], owners: Mapping[int, str]
    ) -> None:
        self._now, self._chosen, self._brands, self._owners = now, frozenset(chosen), brands, owners
        self._zone, self._address, translate = Zone.now(), Addresses(), cache(gettext)
        self._menus = Menus(self._address, translate)
        self._states, self._case_states = _named(CertificateState.choices), _named(RequestState.choices)
        self._levels, self._standards = _named(LEVELS), _named(STANDARDS)
        headings = (_("Name"), _("State"), _("Brand and level"), _("Valid until"), _("Actions"))
        self._headings = [escaped(heading) for heading in headings]
        self._select, self._more, self._why = _("Select %(name)s"), escaped(_("More")), _("Why can't I revoke this?")
        self._expired, self._uploaded = _("expired"), escaped(_("uploaded"))
        self._product = cache(self._drawn_product)

    def drawn(self, answers: Iterable[Eligibility], cases: Mapping[int, RevocationRequest]) -> SafeString:
        """Return the rows of the certificates of these answers. `cases`: the open requests by their keys."""
        return joined(self._row(answer, cases.get(answer.facts.open_request or 0)) for answer in answers)

    def _row(self, answer: Eligibility, case: RevocationRequest | None) -> SafeString:
        c, title = answer.certificate, escaped(answer.certificate.title)
        name, state, product, until, actions = self._headings
        menu = self._menus.of(answer, case)
        revoke = menu[1]
        return filled(
            ROW,
            self._box(c),
            name,
            self._subject(c, title),
            state,
            self._standing(c, case),
            product,
            self._product(c.brand_id, c.level, c.standard, c.uploaded),
            until,
            self._validity(c),
            actions,
            _first(revoke, title) if revoke.url and case is None else "",
            filled(MENU, self._more, title, joined(map(self._entry, menu))),
        )

    def _box(self, c: Certificate) -> SafeString:
        checked = CHECKED if c.pk in self._chosen else ""
        return filled(CHOOSE, str(c.pk), checked, self._select % {"name": c.label})

    def _subject(self, c: Certificate, title: SafeString) -> SafeString:
        serial = filled("<code>{}</code>", c.serial_number[-8:])
        facts = (spelt(c.title), _more_names(len(c.other_names)), serial, self._owners.get(c.customer_id, ""))
        link = self._address.of("certificate", c.pk)
        return filled('<a href="{}">{}</a><small>{}</small>', link, title, _beside(facts))

    def _standing(self, c: Certificate, case: RevocationRequest | None) -> SafeString:
        if not c.is_locked and c.not_after < self._now:
            chip = filled('<span class="chip">{}</span>', self._expired)
        else:
            chip = filled('<span class="chip {}">{}</span>', c.state, self._states.get(c.state, c.state))
        if case is None:
            return chip
        link, state = self._address.of("request", case.pk), self._case_states.get(case.state, case.state)
        return filled('{}<small><a href="{}">{}</a> {}</small>', chip, link, case.number, state)

    def _drawn_product(self, brand: str, level: str, standard: str, uploaded: bool) -> SafeString:
        names = self._levels.get(level, level), self._standards.get(standard, standard)
        facts = (*names, self._uploaded if uploaded else "")
        return filled("{}<small>{}</small>", self._brands.get(brand, brand), _beside(facts))

    def _validity(self, c: Certificate) -> SafeString:
        left = bar(part_left(c, self._now))
        return filled("{}{}<small>{}</small>", day(c.not_after, self._zone), left, days_left(c.not_after, self._now))

    def _entry(self, entry: Entry) -> SafeString:
        if entry.url:
            return filled('<a href="{}">{}</a>\n', entry.url, entry.label)
        more = filled(' <a href="{}">{}</a>', entry.more, self._why) if entry.more else ""
        return filled('<p class="not-now"><span>{}</span><small>{}{}</small></p>\n', entry.label, entry.why, more)


def _first(revoke: Entry, title: SafeString) -> SafeString:
    """Return the link beside *More*, which is there where a certificate can be revoked and has no open request."""
    return filled('<a href="{}">{}<span class="hidden"> – {}</span></a>', revoke.url, revoke.label, title)


def _more_names(number: int) -> str:
    if not number:
        return ""
    return ngettext("and %(number)s more name", "and %(number)s more names", number) % {"number": number}


def _named(choices: Iterable[tuple[str, object]]) -> dict[str, SafeString]:
    """Return the names of a field's values in the reader's language."""
    return {value: escaped(str(label)) for value, label in choices}


def _beside(facts: Iterable[str]) -> SafeString:
    """Return the facts that are there, side by side."""
    return joined(filter(None, facts), " · ")
