"""The sentence for each code of an outcome: what was found and what to change. The outcome's params fill `%(…)s`."""

from __future__ import annotations

from revocation.marking import gettext_noop
from revocation.messages import table
from revocation.outbound import failure

MESSAGES = failure.MESSAGES | table(
    "ownership",
    {
        "proven": gettext_noop("The value was found at %(where)s. You do not need to do anything else for %(name)s."),
        "check_unfinished": gettext_noop("We could not finish the check of %(name)s. We will try again automatically."),
        # DNS
        "record_missing": gettext_noop(
            "There is no %(kind)s record at %(where)s. Add it with the value %(looked_for)s."
        ),
        "record_differs": gettext_noop(
            "The %(kind)s record at %(where)s holds another value. Replace it by %(looked_for)s, or add a second one."
        ),
        "record_other_case": gettext_noop(
            "The record at %(where)s holds the value in capital letters. Enter it in small letters: %(looked_for)s."
        ),
        "record_almost": gettext_noop(
            "The record at %(where)s holds almost the value: characters are missing, added or changed. Copy "
            "%(looked_for)s anew."
        ),
        "record_of_other_request": gettext_noop(
            "The record at %(where)s holds the value of another request. Every request has a value of its own: replace "
            "it by %(looked_for)s."
        ),
        "wildcard_answers": gettext_noop(
            "A wildcard record of the domain answers for %(where)s, as it does for any name. Add a %(kind)s record at "
            "exactly this name. It then goes before the wildcard."
        ),
        "record_at_wrong_label": gettext_noop(
            "The value is at %(other)s. Publish it at %(where)s instead: the name must be exactly this."
        ),
        "record_at_parent": gettext_noop(
            "The value is at %(other)s, where it proves a different name. To prove %(name)s, publish it at %(where)s."
        ),
        "cname_target_doubled": gettext_noop(
            "The alias at %(where)s ends in the domain once more. In a zone file end the target with a dot. In a DNS "
            "panel enter %(looked_for)s as it is."
        ),
        "old_value_cached": gettext_noop(
            "The name servers of %(zone)s already have the value. A resolver still holds an older answer, for "
            "%(ttl)s seconds at most. There is nothing to change: we check again then."
        ),
        "servers_disagree": gettext_noop(
            "Not all name servers of %(zone)s have the value: it is missing at %(servers)s. Wait until they have the "
            "new zone, or see why they do not get it (serial number, zone transfer)."
        ),
        "server_lame": gettext_noop(
            "The name server %(servers)s is entered for %(zone)s, but does not serve it. Take it out, at the registrar "
            "too, or set it up."
        ),
        "server_failing": gettext_noop(
            "The name server %(servers)s of %(zone)s fails (SERVFAIL): mostly its copy of the zone has expired or "
            "cannot be read. Look into its log, or take it out."
        ),
        "server_without_address": gettext_noop(
            "The name server %(servers)s of %(zone)s has no address, so nobody can ask it. Correct its name at the "
            "registrar and in the zone, or take it out."
        ),
        "delegation_differs": gettext_noop(
            "The registry lists the name servers %(given)s for %(zone)s, but the zone itself lists "
            "%(own)s. Enter the same name servers in both."
        ),
        "server_silent": gettext_noop(
            "The name server %(servers)s of %(zone)s does not answer. Start it, open port 53 for UDP and TCP, or take "
            "it out."
        ),
        "server_not_public": gettext_noop(
            "The name server %(servers)s of %(zone)s has an address that is not public, and is never asked. Give it a "
            "public address, or take it out."
        ),
        "perspectives_disagree": gettext_noop(
            "The value was found at %(where)s, but %(missing)s did not see it. At most %(allowed)s "
            "may miss it. This usually resolves itself. Check that all name servers give the same "
            "answer everywhere."
        ),
        "dnssec_bogus": gettext_noop(
            "The DNSSEC signatures for %(where)s are broken (%(why)s), so the answer is not to be trusted. Sign the "
            "zone anew, or correct the DS record at the registrar."
        ),
        "record_quoted": gettext_noop(
            "The value at %(where)s stands in quotation marks that belong to the record. Enter it without them."
        ),
        "record_has_more": gettext_noop(
            "The record at %(where)s holds the value with something before or after it. Enter %(looked_for)s alone."
        ),
        "record_name_doubled": gettext_noop(
            "The record is at %(other)s: the domain was added twice. In the DNS panel enter the name without the "
            "domain."
        ),
        "record_at_name_itself": gettext_noop("The record is at %(other)s. Move it to %(where)s."),
        "record_of_other_kind": gettext_noop(
            "There is a %(other_kind)s record at %(where)s with the right value. Make it a %(kind)s record."
        ),
        "cname_beside_record": gettext_noop(
            "%(where)s has a CNAME record beside others, which DNS forbids, so servers answer at random. "
            "Remove the CNAME record, or the others."
        ),
        "cname_leads_nowhere": gettext_noop(
            "%(where)s is an alias (CNAME) of %(other)s, which has no %(kind)s record. Remove the "
            "alias, or add the record there."
        ),
        "domain_does_not_exist": gettext_noop(
            "The domain %(domain)s does not exist in the DNS. Renew it, or check its name servers. If it "
            "is no longer yours, ask for an assisted revocation."
        ),
        "dns_servfail": gettext_noop(
            "The DNS servers of the domain failed (SERVFAIL) for %(where)s. Check the name servers and "
            "the DNSSEC signatures of the domain."
        ),
        "dns_refused": gettext_noop(
            "The DNS servers refused to answer for %(where)s. Check that they serve this domain."
        ),
        "dns_no_reply": gettext_noop(
            "The DNS servers did not answer for %(where)s in time. Check that they can be reached."
        ),
        "dns_malformed": gettext_noop(
            "The DNS servers gave an answer for %(where)s that cannot be read. Check the name servers."
        ),
        "dns_without_tcp": gettext_noop(
            "The answer for %(where)s is too long for UDP, and by TCP the DNS servers do not give it. Open port 53 for "
            "TCP too, or remove old records at this name."
        ),
        "cname_chain_too_long": gettext_noop(
            "The chain of aliases (CNAME) that starts at %(where)s is too long or loops. Point the "
            "first alias directly to the final name."
        ),
        # file
        "wildcard_needs_dns": gettext_noop(
            "%(name)s is a wildcard name, which only a DNS record can prove. Use the DNS method."
        ),
        "file_missing": gettext_noop(
            "There is no file at %(where)s (status %(status)s). Put it there with the content %(looked_for)s."
        ),
        "file_forbidden": gettext_noop(
            "The web server keeps %(where)s behind a log-in or a block (status %(status)s). Open this address to "
            "everyone."
        ),
        "file_server_error": gettext_noop(
            "The web server failed at %(where)s (status %(status)s). Look into its error log."
        ),
        "file_status": gettext_noop(
            "%(where)s answers with status %(status)s. Only 200 is accepted. Serve the file directly."
        ),
        "file_empty": gettext_noop("The file at %(where)s is empty. Its content must be %(looked_for)s."),
        "file_byte_order_mark": gettext_noop(
            "The file at %(where)s begins with a byte-order mark or is not plain text. Save it as plain "
            "ASCII text without one."
        ),
        "file_compressed": gettext_noop(
            "The file at %(where)s is sent compressed. Switch compression off for this address."
        ),
        "file_is_page": gettext_noop(
            "A web page is at %(where)s instead of the file. Exempt this address from the site's routing "
            "and put the file there."
        ),
        "file_echoes_address": gettext_noop(
            "The server answers at %(where)s with its own address, which proves nothing. Put the real file there."
        ),
        "file_has_spaces": gettext_noop(
            "The file at %(where)s has spaces or empty lines around the value. Save %(looked_for)s alone. "
            "One line break at the end is accepted."
        ),
        "file_has_more": gettext_noop(
            "The file at %(where)s holds the value among other text. Save %(looked_for)s alone. One line "
            "break at the end is accepted."
        ),
        "file_too_large": gettext_noop(
            "The file at %(where)s is larger than %(limit)s bytes. Its whole content must be the value."
        ),
        "family_broken": gettext_noop(
            "Over %(working)s the file is right, over %(broken)s it is not (%(address)s). Correct that server, or take "
            "its address out of the DNS."
        ),
        "family_differs": gettext_noop(
            "%(name)s has IPv4 and IPv6 addresses, and they answer differently. Each is listed below. Make both serve "
            "the file."
        ),
        "wrong_virtual_host": gettext_noop(
            "The server at %(address)s answers with the certificate of %(other)s, so it does not know %(name)s. Set up "
            "%(name)s as a site of its own there, or let the name point to the right server."
        ),
        "file_by_tls_only": gettext_noop(
            "%(name)s answers by https, but not by http. Either is enough once the file is there."
        ),
        "file_other_case": gettext_noop(
            "The file at %(where)s holds the value in capital letters. It must be exactly %(looked_for)s."
        ),
        "file_of_other_request": gettext_noop(
            "The file at %(where)s holds the value of another request. Every request has a value of its own: "
            "%(looked_for)s."
        ),
        "file_differs": gettext_noop(
            "The file at %(where)s holds something else. Its whole content must be %(looked_for)s."
        ),
    },
    lists=frozenset({"servers", "own", "given", "missing", "other"}),
)
"""Code -> what was found and what to change. The codes of a failed fetch are those of `outbound.failure`."""
