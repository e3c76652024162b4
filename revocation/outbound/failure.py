"""Why a fetch brought nothing: codes, and a sentence for each."""

from __future__ import annotations

from dataclasses import dataclass

from revocation.marking import gettext_noop
from revocation.messages import Refused, table
from revocation.outbound import targets
from revocation.outbound.dns.resolver import Status

MESSAGES = targets.MESSAGES | table(
    "fetch",
    {
        "name_does_not_exist": gettext_noop(
            "The name %(host)s does not exist in the DNS. Create it, or correct its spelling."
        ),
        "name_has_no_address": gettext_noop("The name %(host)s has no address in the DNS. Add an A or AAAA record."),
        "dns_failed": gettext_noop(
            "The DNS servers of %(host)s answered with a failure (%(status)s). Check the name servers of "
            "the domain, and its DNSSEC signatures."
        ),
        "dns_timed_out": gettext_noop(
            "The DNS servers of %(host)s did not answer in time. Check that they can be reached."
        ),
        "too_many_addresses": gettext_noop(
            "The name %(host)s has %(count)s addresses. At most %(limit)s are accepted. Let it point to fewer."
        ),
        "connection_refused": gettext_noop(
            "%(address)s refuses connections to port %(port)s. Start the web server, or open the port."
        ),
        "connection_failed": gettext_noop(
            "No connection to %(address)s, port %(port)s, could be made. Check the firewall and the server."
        ),
        "connection_lost": gettext_noop(
            "%(host)s closed the connection before its answer was complete. Check the web server."
        ),
        "peer_differs": gettext_noop("The connection ended at %(peer)s instead of %(address)s, so it was given up."),
        "timed_out": gettext_noop(
            "%(host)s did not answer completely within %(seconds)s seconds. Check that the web server is quick enough."
        ),
        "tls_failed": gettext_noop(
            "No TLS connection to %(host)s could be made. Check the server's TLS settings and certificate."
        ),
        "url_malformed": gettext_noop("The address %(url)s is not well formed. Use plain http or https addresses."),
        "scheme_not_allowed": gettext_noop("The address %(url)s is neither http nor https. Use one of these."),
        "userinfo_not_allowed": gettext_noop("The address %(url)s contains a user name or password. Leave it out."),
        "port_not_allowed": gettext_noop("The address %(url)s uses port %(port)s. Only ports 80 and 443 are accepted."),
        "redirect_malformed": gettext_noop(
            "The redirect from %(url)s does not say clearly where to: it must have one Location header with one "
            "address."
        ),
        "redirect_elsewhere": gettext_noop(
            "%(url)s redirects to %(host)s, which belongs to another domain. Serve the content under the same domain."
        ),
        "redirect_status_not_allowed": gettext_noop(
            "%(url)s answers with the redirect status %(status)s. Only 301, 302, 307 and 308 are followed."
        ),
        "too_many_redirects": gettext_noop(
            "More than %(limit)s redirects were met. Serve the content with fewer of them."
        ),
        "headers_too_large": gettext_noop(
            "The header of the answer of %(host)s is larger than %(limit)s bytes. Make it smaller."
        ),
        "body_too_large": gettext_noop(
            "The answer of %(host)s takes more than %(limit)s bytes to send. Make it smaller."
        ),
        "answer_malformed": gettext_noop(
            "The answer of %(host)s is not HTTP. Check which service listens on that port."
        ),
    },
    kept_bare=True,
)

RESOLUTION_CODES = {
    Status.NXDOMAIN: "name_does_not_exist",
    Status.NO_ANSWER: "name_has_no_address",
    Status.TIMED_OUT: "dns_timed_out",
}
"""The code for a name without addresses; every other status is `dns_failed`."""


@dataclass(frozen=True)
class Hop:
    """One request that was answered: where it went and with which status."""

    url: str
    address: str
    status: int


class FetchFailed(Refused):
    """Nothing was fetched. `code` is a key of MESSAGES. `hops`: the requests that were answered before."""

    subject = "fetch"
    hops: tuple[Hop, ...] = ()
