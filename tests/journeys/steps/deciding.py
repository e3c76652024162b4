"""How staff decide in the browser: open the form on the case page, fill it in, send it."""

from tests.journeys.stack.conftest import Person

CASE = "/admin/revocation/revocationrequest/{}/change/"


def open_form(staff: Person, case: str, verb: str, words: str = "") -> None:
    """Open the form of a decision, tick every box and fill in `words`, without sending it."""
    staff.page.goto(case)
    form = f"form[action$='/decide/{verb}/']"
    staff.page.locator(f"details:has({form}) > summary").click()
    for box in staff.page.locator(f"{form} input[type=checkbox]").all():
        box.check()
    if words:
        staff.page.locator(f"{form} textarea").fill(words)


def decide(staff: Person, case: str, verb: str, words: str = "") -> None:
    open_form(staff, case, verb, words)
    staff.page.locator(f"form[action$='/decide/{verb}/'] button[value=queue]").click()
