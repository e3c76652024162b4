"""A1 as a whole: evidence checked like letters, a draft until submitted, four eyes, the way from a proof that fails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import storages

from revocation.letters.inspection import LetterRejected
from revocation.models import Actor, Event, Evidence, Mail, RevocationRequest
from revocation.services.core.transitions import ActorRefused, TransitionRefused
from revocation.services.inventory import deletion
from revocation.services.letters import evidence
from revocation.services.letters import sweep as letters_sweep
from revocation.services.letters.store import LetterDamaged
from revocation.services.notifications.mail import compose
from revocation.services.ownership import dns_records, proofs
from revocation.services.requests import assistance, filing
from revocation.services.review import decisions
from tests.conftest import NOW, SYSTEM, MakeCertificate
from tests.people import DAY, HOUR, LOOKED_AT, draft, fresh, picture, seen, submitted
from tests.support import scripted
from tests.support.proofs import sweep

PAGE = picture("PNG")


@pytest.fixture
def case(make_certificate: MakeCertificate, alice: Actor) -> RevocationRequest:
    return draft(make_certificate(brand="geotrust"), alice, assisted=True)


def add(case: RevocationRequest, by: Actor, data: bytes = PAGE, name: str = "notice.png") -> Evidence:
    return evidence.add(case.pk, by=by, at=NOW, data=data, file_name=name)


def stored() -> int:
    _, files = storages["letters"].listdir("")
    return len(files)


def test_A1_is_a_draft_until_evidence_is_in_and_it_is_submitted(case: RevocationRequest, alice: Actor) -> None:
    assert case.missing() == ("evidence",)
    with pytest.raises(TransitionRefused):
        filing.submit(case.pk, by=alice, at=NOW)
    assert fresh(case.certificate).state == "issued"
    add(case, alice)
    add(case, alice, picture("JPEG", "blue"), "letter.jpg")
    assert filing.submit(case.pk, by=alice, at=NOW).state == "in_review"
    assert fresh(case.certificate).state == "revoking"
    assert Mail.objects.filter(template="submitted").exists()


def test_A1_files_are_looked_at_as_letters_are(case: RevocationRequest, alice: Actor) -> None:
    with pytest.raises(LetterRejected):
        add(case, alice, b"MZ" + b"\0" * 2000, "notice.pdf")
    assert (Evidence.objects.count(), Event.objects.filter(kind="evidence_refused").count()) == (0, 1)
    found = add(case, alice)
    assert (found.kind, len(found.pages), stored()) == ("png", 1, 2)
    assert evidence.read_file(found) == PAGE


def test_A1_the_same_file_twice_is_one(case: RevocationRequest, alice: Actor) -> None:
    assert add(case, alice) == add(case, alice)
    assert stored() == 2


def test_A1_taken_back_from_a_draft_only(
    case: RevocationRequest, alice: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    first = add(case, alice)
    with django_capture_on_commit_callbacks(execute=True):
        evidence.remove(case.pk, first.pk, by=alice, at=NOW)
    assert (Evidence.objects.count(), stored()) == (0, 0)
    kept = add(case, alice)
    filing.submit(case.pk, by=alice, at=NOW)
    attempt: Callable[[], object]
    for attempt in (lambda: evidence.remove(case.pk, kept.pk, by=alice, at=NOW), lambda: add(case, alice)):
        with pytest.raises(evidence.EvidenceClosed):
            attempt()


def test_A1_handed_back_takes_more_and_keeps_what_was_sent(
    case: RevocationRequest, alice: Actor, rita: Actor, ron: Actor
) -> None:
    add(case, alice)
    filing.submit(case.pk, by=alice, at=NOW)
    decisions.hand_back(case.pk, by=rita, at=NOW, why="Send the registrar's notice as well.")
    add(case, alice, picture("JPEG"), "registrar.jpg")
    filing.submit(case.pk, by=alice, at=NOW)
    assert case.evidence.count() == 2
    decisions.vouch(case.pk, by=rita, at=NOW, why="The notice is genuine: I rang the registrar.")
    with pytest.raises(ActorRefused):
        decisions.approve(case.pk, by=rita, at=NOW, checked=LOOKED_AT)
    decided = decisions.approve(case.pk, by=ron, at=NOW, checked=LOOKED_AT, shown=seen(case))
    assert decided.vouched_why.startswith("The notice")


def test_A1_strangers_neither_add_nor_take_back(case: RevocationRequest, alice: Actor, charlie: Actor) -> None:
    kept = add(case, alice)
    attempt: Callable[[], object]
    for attempt in (lambda: add(case, charlie), lambda: evidence.remove(case.pk, kept.pk, by=charlie, at=NOW)):
        with pytest.raises(ActorRefused):
            attempt()


def test_F10_other_routes_take_no_evidence(make_certificate: MakeCertificate, alice: Actor) -> None:
    with pytest.raises(evidence.EvidenceClosed):
        add(draft(make_certificate(), alice), alice)


def test_threat_12_changed_evidence_is_not_shown_and_alarms_once(case: RevocationRequest, alice: Actor) -> None:
    found = add(case, alice)
    path = storages["letters"].path(found.stored_as)
    with open(path, "ab") as file:  # noqa: PTH123
        file.write(b"x")
    for _ in range(2):
        with pytest.raises(LetterDamaged):
            evidence.read_file(found)
    assert Event.objects.filter(kind="letter_damaged").count() == 1


def test_threat_12_the_sweep_knows_evidence(case: RevocationRequest, alice: Actor) -> None:
    add(case, alice)
    assert letters_sweep.find(at=NOW + 3650 * DAY).objects == ()


def test_M6_purged_evidence_leaves_its_digest(
    case: RevocationRequest,
    alice: Actor,
    rita: Actor,
    ron: Actor,
    carl: Actor,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    found = add(case, alice)
    filing.submit(case.pk, by=alice, at=NOW)
    decisions.vouch(case.pk, by=rita, at=NOW, why="Known.")
    decisions.approve(case.pk, by=ron, at=NOW, checked=LOOKED_AT, shown=seen(case))
    late = fresh(case.certificate).not_after + HOUR
    scripted.install(monkeypatch, scripted.CONFIRMS)
    scripted.tell_all()
    with django_capture_on_commit_callbacks(execute=True):
        deletion.purge(case.certificate_id, by=carl, at=late)
    assert (stored(), fresh(found).erased_at) == (0, late)
    assert Event.objects.get(kind="deleted").data["letter_sha256"] == [found.sha256]


# -- from a proof ---------------------------------------------------------------------------------------------------


LACKS = ("evidence",)


def ask(case: RevocationRequest, by: Actor, at: Any = NOW) -> RevocationRequest:
    answers: dict[str, Any] = {"situation": "lapsed", "reason": 5, "reason_text": "The domain was deleted."}
    return assistance.ask_for_assistance(case.pk, by=by, at=at, **answers)


def test_A1_a_proof_that_cannot_be_brought_goes_on_as_an_assisted_request(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor, ron: Actor
) -> None:
    case = ask(submitted(make_certificate(brand="geotrust"), alice), alice)
    assert (case.route, case.state, case.missing()) == ("A1", "handed_back", LACKS)
    assert fresh(case.certificate).state == "revoking"  # M4: not a cancellation
    with pytest.raises(TransitionRefused):
        filing.discard(case.pk, by=alice, at=NOW)  # M3
    assert Mail.objects.filter(template="assistance_asked").count() == 1
    with pytest.raises(TransitionRefused):
        filing.submit(case.pk, by=alice, at=NOW)
    add(case, alice)
    later = NOW + 2 * DAY
    case = filing.submit(case.pk, by=alice, at=later)
    assert (case.due_at, case.ownership_deadline) == (later + timedelta(days=5), None)  # R5
    decisions.vouch(case.pk, by=rita, at=later, why="The domain is gone.")
    assert decisions.approve(case.pk, by=ron, at=later, checked=LOOKED_AT, shown=seen(case)).state == "approved"


def test_A1_asked_for_instead_of_the_proof_it_is_no_longer_looked_for(
    make_certificate: MakeCertificate, alice: Actor, settings: Any
) -> None:
    zone = {
        "driver": "rfc2136",
        "server": "127.0.0.1:1",
        "zones": ["aurora.example"],
        "key_name": "k",
        "key_secret": "YQ==",
    }
    settings.DNS_PROVIDERS = {"hoster": zone}
    case = ask(submitted(make_certificate(brand="geotrust", validation_method="dns_auto"), alice), alice)
    late = NOW + 80 * HOUR
    assert sweep(late) == 0
    assert proofs.to_be_completed(at=late) == []
    assert dns_records.unwanted(at=late) == [case.publications.get().pk]


def end_of(case: RevocationRequest, at: Any) -> RevocationRequest:
    """Remind and close as the worker does at that instant; return the request, read again."""
    for due, do in ((proofs.to_be_reminded, proofs.remind), (proofs.past_deadline, proofs.close)):
        for pk in due(at=at):
            do(pk, by=SYSTEM, at=at)
    return fresh(case)


def test_O4_A1_evidence_in_place_of_the_proof_is_submitted_within_the_three_days_or_the_request_fails(
    make_certificate: MakeCertificate, alice: Actor
) -> None:
    case = ask(submitted(make_certificate(brand="geotrust"), alice), alice, NOW + HOUR)
    assert case.ownership_deadline == case.due_at == NOW + 72 * HOUR
    assert end_of(case, NOW + 71 * HOUR).state == "handed_back"
    assert Mail.objects.get(template="ownership_reminder", to=alice.user.email)
    add(case, alice)  # evidence alone is not enough: it must be submitted
    case = end_of(case, NOW + 72 * HOUR)
    assert (case.state, case.is_open, case.ownership_deadline) == ("failed", False, None)
    assert fresh(case.certificate).state == "issued"  # M4
    mail = compose(Mail.objects.get(template="failed", to=alice.user.email))
    assert "neither the proof nor the evidence in time" in mail.body
    with pytest.raises(TransitionRefused):
        filing.submit(case.pk, by=alice, at=NOW + 72 * HOUR)


def test_A1_once_submitted_or_rejected_the_proofs_deadline_ends_nothing_any_more(
    make_certificate: MakeCertificate, alice: Actor, rita: Actor
) -> None:
    case = ask(submitted(make_certificate(brand="geotrust"), alice), alice)
    add(case, alice)
    filing.submit(case.pk, by=alice, at=NOW + 71 * HOUR)
    decisions.hand_back(case.pk, by=rita, at=NOW + 72 * HOUR, why="The registrar's notice is missing.")
    assert end_of(case, NOW + 73 * HOUR).state == "handed_back"
    decisions.reject(case.pk, by=rita, at=NOW + 74 * HOUR, why="Nothing came.")
    other = ask(submitted(make_certificate("b.example", brand="geotrust"), alice), alice)
    decisions.reject(other.pk, by=rita, at=NOW, why="It is in use.")
    assert proofs.past_deadline(at=NOW + 99 * HOUR) == []


def test_A1_asking_twice_or_by_a_stranger_changes_nothing(
    make_certificate: MakeCertificate, alice: Actor, charlie: Actor
) -> None:
    case = submitted(make_certificate(brand="geotrust"), alice)
    with pytest.raises(ActorRefused):
        ask(case, charlie)
    ask(case, alice)
    with pytest.raises(TransitionRefused):
        ask(case, alice)
    assert Event.objects.filter(kind="assistance_asked").count() == 1
