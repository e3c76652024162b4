"""Every page of the demo world, by name: addresses of customers and staff, found as people find them."""

from __future__ import annotations

from tests.journeys.stack.conftest import Person
from tests.journeys.steps.stock import PAIR

Pages = dict[str, str]


def certificates(person: Person) -> dict[str, str]:
    """Map the name of each certificate to its page. Of several with one name, it is the one that expires last."""
    person.page.goto("/certificates/?rows=100")
    return _links(person, "table.certificates td:nth-child(2) a")


def requests(person: Person) -> dict[str, str]:
    """Map the name of each certificate to the address of its request. Of several requests, it is the first."""
    person.page.goto("/requests/")
    rows = person.page.locator("table.list tbody tr").all()
    return {
        row.locator("td").nth(1).inner_text().split(" (")[0]: row.locator("a").first.get_attribute("href") or ""
        for row in reversed(rows)
    }


def _links(person: Person, selector: str) -> dict[str, str]:
    return {link.inner_text().strip(): link.get_attribute("href") or "" for link in person.page.locator(selector).all()}


def of_everybody() -> Pages:
    """Return pages that need no log-in, and the page for an address that does not exist."""
    return {
        "login": "/accounts/login/",
        "password-reset": "/accounts/password/reset/",
        "password-reset-done": "/accounts/password/reset/done/",
        "not-found": "/no-such-page/",
        "demo": "/demo/",
    }


def of_alice(alice: Person) -> Pages:
    own, asked = certificates(alice), requests(alice)
    f1, chain, old = own["f1.aurora.example"], own["chain.aurora.example"], own["old.aurora.example"]
    f3, f4, deployed = own["f3.aurora.example"], own["f4.aurora.example"], own["deployed.aurora.example"]
    draft, awaiting = asked["draft.aurora.example"], asked["awaiting.aurora.example"]
    alice.page.goto("/delegations/")
    delegated = list(_links(alice, "table.list td a").values())
    alice.page.goto("/webhooks/")
    hook = next(iter(_links(alice, "table.list td a").values()))
    alice.page.goto(asked[PAIR[0]])
    together = alice.page.locator("main a[href^='/together/']").first.get_attribute("href") or ""
    return {
        "list": "/certificates/",
        "list-filters": "/certificates/?level=ov&state=issued",
        "list-nothing-found": "/certificates/?q=nothing-like-this",
        "certificate": f1,
        "certificate-chain": chain,
        "certificate-deployed": deployed,
        "certificate-revoked": own["revoked.aurora.example"],
        "certificate-expired": own["expired.aurora.example"],
        "certificate-uploaded": own["thirdparty.aurora.example"],
        "certificate-locked": own["stolen.aurora.example"],
        "revoke": f1 + "revoke/",
        "revoke-dv": f3 + "revoke/",
        "revoke-letter": f4 + "revoke/",
        "revoke-deployed": deployed + "revoke/",
        "revoke-chain": chain + "revoke/",
        "why-not": old + "revoke/",
        "assisted": old + "assisted/",
        "key-proof": f1 + "compromised/",
        "delete": own["revoked.aurora.example"] + "delete/",
        "delete-refused": f1 + "delete/",
        "locked-409": own["stolen.aurora.example"] + "download/",
        "together": "/certificates/together/?" + "&".join(f"id={own[n].split('/')[2]}" for n in TOGETHER),
        "together-nothing": "/certificates/together/",
        "filed-together": together,
        "requests": "/requests/",
        "request-draft": draft,
        "request-discarded": asked["discarded.aurora.example"],
        "request-in-review": asked["stolen.aurora.example"],
        "request-awaiting-ownership": awaiting,
        "request-revoked": asked["revoked.aurora.example"],
        "request-by-hand": asked["byhand.aurora.example"],
        "reason": draft + "reason/",
        "letter": draft + "letter/",
        "letter-choose-again": draft + "letter/?choose=again",
        "signed-in-again": "/signed-in/",
        "ownership": awaiting + "ownership/",
        "assistance": awaiting + "assistance/",
        "delegations": "/delegations/",
        "delegation-dns": delegated[0],
        "delegation-file": delegated[-1],
        "webhooks": "/webhooks/",
        "webhook": hook,
        "preferences": "/preferences/",
        "demo-signed-in": "/demo/",
        "password": "/accounts/password/change/",
        "second-factor": "/accounts/2fa/",
        "logout": "/accounts/logout/",
    }


TOGETHER = [
    f"{name}.aurora.example"
    for name in ("f1", "f2", "f3", "f4", "ev", "wotrus", "deployed", "expired", "old", "thirdparty")
]


def of_charlie(charlie: Person) -> Pages:
    asked = requests(charlie)
    back, lost = asked["back.xinghe.example"], asked["lost.xinghe.example"]
    return {
        "request-handed-back": back,
        "letter-handed-back": back + "letter/",
        "request-rejected": asked["rejected.xinghe.example"],
        "request-failed": asked["failed.xinghe.example"],
        "request-with-letter": asked["review.xinghe.example"],
        "request-overdue": asked["overdue.xinghe.example"],
        "request-assisted": lost,
        "evidence": lost + "evidence/",
        "request-revoked-sm2": asked["revoked-sm2.xinghe.example"],
        "ownership-ended": asked["failed.xinghe.example"] + "ownership/",
        "certificate-idn": certificates(charlie)["xn--fiq228c.xinghe.example"],
    }


ADMIN = "/admin/revocation/"
QUEUE = ADMIN + "revocationrequest/"


def of_staff(admin: Person) -> Pages:
    """Return the admin's pages for a superuser: all lists, one row of each, the forms that add, our own pages."""
    page = admin.page
    page.goto("/admin/")
    lists = [link.get_attribute("href") or "" for link in page.locator("#content th a[href^='/admin/']").all()]
    found = {"admin": "/admin/", "admin-password": "/admin/password_change/"}
    for address in lists:
        name = address.strip("/").rsplit("/", 1)[1]
        found[f"admin-{name}"] = address
        page.goto(address)
        first = page.locator("#result_list tbody th a").first
        if first.count():
            found[f"admin-{name}-one"] = first.get_attribute("href") or ""
        if page.locator(f"a.addlink[href^='{address}add/']").count():
            found[f"admin-{name}-add"] = f"{address}add/"
    page.goto(ADMIN + "certificate/?q=revoked.aurora.example")
    revoked = (page.locator("#result_list tbody a[href*='/change/']").first.get_attribute("href") or "").split("?")[0]
    found |= {
        "figures": QUEUE + "figures/",
        "certificate-import": ADMIN + "certificate/import/",
        "certificate-issue": ADMIN + "certificate/issue/",
        "admin-certificate-revoked": revoked,
        "record": revoked.replace("change/", "record/"),
        "purge": f"{ADMIN}certificate/delete-for-good/?id={revoked.split('/')[4]}",
    }
    return found


def of_rita(rita: Person) -> Pages:
    rita.page.goto(QUEUE)
    cases = {
        row.inner_text(): (row.locator("a[href*='/change/']").first.get_attribute("href") or "").split("?")[0]
        for row in rita.page.locator("#result_list tbody tr").all()
    }
    found = {"queue": QUEUE, "queue-empty": QUEUE + "?q=nothing-like-this"}
    for text, address in cases.items():
        for name in ("review", "overdue", "taken", "stolen", "two", "lost"):
            if f"{name}." in text:
                found[f"case-{name}"] = address
    case = found["case-review"].replace("change/", "")
    found |= {f"decide-{verb}": f"{case}decide/{verb}/" for verb in ("approve", "reject", "hand_back")}
    rita.page.goto(QUEUE + "?which=all&q=rejected.xinghe.example")
    decided = rita.page.locator("#result_list a[href*='/change/']").first.get_attribute("href") or ""
    found["case-decided"] = decided.split("?")[0]
    found["decide-too-late"] = found["case-decided"].replace("change/", "decide/approve/")
    return found
