"""What a receipt says, as the rows of its PDF, in Chinese and in English."""

from __future__ import annotations

import json
from collections.abc import Sequence

from revocation.letters.fields import Row
from revocation.models import ProvenThrough
from revocation.services.authority.receipt_facts import PROVEN_THROUGH, Facts

NOT_STATED = {
    "at": "时间未说明 time not stated by the CA",
    "reason": "原因未说明 reason not stated by the CA",
}


def rows_of(facts: Facts) -> list[Row]:
    """Return everything that the JSON says, as rows for people to read."""
    certificate, request, authority = facts["certificate"], facts["request"], facts["authority"]
    through = PROVEN_THROUGH[ProvenThrough(facts["proven"]["through"])]
    return [
        Row("证书域名", "Names", [", ".join(certificate["names"]) or certificate["subject"]]),
        Row("单位", "Organisation", [certificate["organisation"]]),
        Row("颁发者", "Issuer", [certificate["issuer"]]),
        Row("序列号", "Serial number", [certificate["serial_number"]]),
        Row("指纹", "Fingerprint (SHA-256)", [certificate["fingerprint_sha256"]]),
        Row("有效期", "Validity", [f"{certificate['valid_from']} – {certificate['valid_until']}"]),
        Row("吊销", "Revoked", _revoked_lines(facts["revoked"])),
        Row("申请", "Request", [f"{request['number']}   {request['route']}   {_named(request['reason'])}"]),
        Row("申请人的说明", "Explanation", [request["in_the_requesters_words"]]),
        Row("申请人", "Requester", _requesters(request)),
        Row("依据", "Evidence", _evidence_lines(facts["evidence"])),
        Row("审核", "Review", _review_lines(facts["review"])),
        Row("颁发机构", "CA", _authority_lines(authority)),
        Row("公开可见", "Published", _sighting_lines(facts["sightings"])),
        Row("证实", "Proven", [facts["proven"]["at"], *through]),
        Row("回执", "Receipt", [f"{facts['made_at']}   {facts['portal']}", f"key {facts['signing_key']}"]),
    ]


def _named(reason: Facts | None) -> str:
    return f"{reason['name']} ({reason['code']})" if reason else ""


def _revoked_lines(revoked: Facts) -> Sequence[str]:
    """Return when and why it was revoked. C7: what the authority did not state is marked as not stated."""
    if revoked["stated"]:
        return [f"{revoked['at']}   {_named(revoked['reason'])}"]
    return [revoked["at"] or NOT_STATED["at"], _named(revoked["reason"]) or NOT_STATED["reason"]]


def _requesters(request: Facts) -> Sequence[str]:
    people = ((request["begun_by"], request["begun_at"]), (request["submitted_by"], request["submitted_at"]))
    return [f"{person['name']} <{person['mail']}>   {at}" for person, at in people if person]


def _evidence_lines(evidence: Facts) -> Sequence[str]:
    letters = [f"letter SHA-256 {digest}" for digest in evidence["letters_sha256"]]
    files = [f"evidence SHA-256 {digest}" for digest in evidence["files_sha256"]]
    names = [f"{row['name']}   {row['method']}   {row['proven_at']}" for row in evidence["names_proven"]]
    waived = ["letter waived (F9)"] * evidence["letter_waived"] + ["proof waived (O3)"] * evidence["proof_waived"]
    key = evidence["key_proof"]
    signed = [f"signed: {key['signed']}", f"signature: {key['signature']}"] if key else []
    return [*letters, *files, *names, *waived, *signed]


def _review_lines(review: Facts | None) -> Sequence[str]:
    if review is None:
        return []
    vouched = [f"{review['vouched_by']} (vouched)   {review['vouched_at']}"] if review["vouched_by"] else []
    first = f"{review['first_approved_by']} (first of two)   {review['first_approved_at']}"
    decided = f"{review['decided_by']}   {review['decided_at']}"
    shown = [f"shown: {file['what']} SHA-256 {file['sha256']}" for file in review["shown"]]
    pictures = [
        f"as picture {number}: SHA-256 {digest}"
        for file in review["shown"]
        for number, digest in enumerate(file["pictures"], 1)
    ]
    return [*vouched, *[first] * bool(review["first_approved_by"]), decided, *shown, *pictures]


def _authority_lines(authority: Facts) -> Sequence[str]:
    answer = json.dumps(authority["answer"], ensure_ascii=False, sort_keys=True)
    reason = _named(authority["reason"]) or NOT_STATED["reason"]
    return [f"{authority['name']}   {authority['confirmed_at']}   {reason}", authority["in_words"] or "", answer]


def _sighting_lines(sightings: Sequence[Facts]) -> Sequence[str]:
    return [
        f"{row['place'].upper()}{' ' + row['crl_number'] if row['crl_number'] else ''}   {row['seen_at']}   "
        f"{row['address']}   {row['revoked_at']}   {_named(row['reason']) or NOT_STATED['reason']}"
        for row in sightings
        if row["seen_at"]
    ]
