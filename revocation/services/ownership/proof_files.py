"""O1, `file_proxy`: what the portal answers at a path that a customer's web server passes on.

The token in the address says which delegation it is, and so which customer and which names. No header is believed. So a
server that passes its path on for one customer never answers with the value of another, whatever the other entered.
"""

from __future__ import annotations

from revocation.models import DelegatedMethod, Delegation, ManualMethod, NameProof, RequestState
from revocation.ownership.delegation import can_prove


def content_of(token: str, file_name: str) -> str | None:
    """Return the whole content of the file (O6); None when there is no such file here."""
    delegation = Delegation.objects.filter(token=token, method=DelegatedMethod.FILE_PROXY).first()
    if delegation is None or not file_name:
        return None
    if file_name == delegation.probe_file:
        return delegation.probe_value
    open_proofs = NameProof.objects.filter(
        request__challenge_file=file_name,
        request__certificate__customer=delegation.customer_id,
        request__state=RequestState.AWAITING_OWNERSHIP,
        proven_at__isnull=True,
        method=ManualMethod.FILE,
    )
    for proof in open_proofs.select_related("request"):
        if can_prove(delegation.domain, delegation.method, proof.name):
            return proof.request.challenge_value
    return None
