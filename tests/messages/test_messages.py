"""A message: kept as JSON, rendered in the reader's language, whatever it is filled with."""

import pytest
from django.utils import translation

from revocation.joining import any_of
from revocation.letters.inspection import LetterRejected
from revocation.letters.refusals import MESSAGES as LETTER
from revocation.messages import (
    CATALOGUE,
    QUOTED,
    Message,
    Refused,
    as_message,
    in_english,
    kept,
    render,
    table,
)
from revocation.outbound.failure import MESSAGES as FETCH
from revocation.outbound.failure import FetchFailed
from revocation.pki.unreadable import MESSAGES as CERTIFICATE
from revocation.services.review.decisions import ReasonRequired

REFUSED = {"size": 12, "accepted": ["JPG", "GIF", "PDF"], "smallest": 1025, "largest": 1468006, "largest_mb": "1.4"}
WHY = Message("authority.answer_status", {"status": 503})


def test_a_message_comes_back_from_json_as_it_was() -> None:
    inner = Message("authority.at_address", {"url": "http://a.example/", "why": WHY})
    outer = Message("authority.nothing_readable", {"failures": [inner, inner]})
    again = Message.from_json(outer.as_json())
    assert again is not None
    assert again.as_json() == outer.as_json()
    assert str(again) == str(outer) == " ".join(["http://a.example/: The answer has status 503."] * 2)


def test_messages_inside_a_message_are_translated_first() -> None:
    with translation.override("zh-hans"):
        assert str(Message("authority.at_address", {"url": "u", "why": WHY})) == "u：答复的状态码为 503。"
        assert Message("authority.at_address", {"url": "u", "why": WHY}).in_english == "u: The answer has status 503."


def test_rows_of_before_codes_had_a_subject_still_speak() -> None:
    inner = {"code": "answer_status", "params": {"status": 503}}
    old = Message.from_json({"code": "at_address", "params": {"url": "u", "why": inner}})
    assert old is not None
    assert (old.code, str(old)) == ("authority.at_address", "u: The answer has status 503.")


@pytest.mark.parametrize("row", [{}, {"code": ""}, {"code": "gone", "params": {}}])
def test_what_is_not_known_any_more_is_no_message(row: dict[str, object]) -> None:
    assert Message.from_json(row) is None
    assert FETCH.sentence(row) == ""


def test_a_parameter_that_is_missing_is_never_passed_over() -> None:
    with pytest.raises(KeyError):
        render(Message("authority.at_address", {"url": "u"}))


@pytest.mark.parametrize(("words", "english"), [
    ([], ""), (["JPG"], "JPG"), (["JPG", "PDF"], "JPG or PDF"), (["JPG", "GIF", "PDF"], "JPG, GIF or PDF"),
])  # fmt: skip
def test_F7_alternatives_are_joined_as_people_do(words: list[str], english: str) -> None:
    assert any_of(words) == english


def test_F7_a_refused_letter_is_whole_in_both_languages() -> None:
    refused = LetterRejected("trailing_data", REFUSED | {"found": "PDF", "extra": 7})
    assert "Accepted are JPG, GIF or PDF files" in str(refused)
    assert str(refused).endswith("Please save the letter again with another program.")
    with translation.override("zh-hans"):
        assert "JPG、GIF 或 PDF" in str(refused)
        assert " or " not in str(refused)


def test_F7_words_of_ours_are_translated_inside_the_sentence() -> None:
    refused = LetterRejected("unknown_kind", REFUSED | {"found": "a video"})
    with translation.override("zh-hans"):
        assert "a video" not in str(refused)


def test_an_exception_has_the_code_within_its_subject_and_the_whole_one() -> None:
    failed = FetchFailed("connection_lost", host="a.example")
    assert (failed.code, failed.message.code, failed.params) == (
        "connection_lost",
        "fetch.connection_lost",
        {"host": "a.example"},
    )
    assert failed.http_status is None
    assert ReasonRequired("note_empty").http_status == 422


def test_an_exception_speaks_the_language_of_whoever_reads_it_not_of_whoever_raised_it() -> None:
    refused = ReasonRequired("note_empty")
    english = str(refused)
    with translation.override("zh-hans"):
        assert str(refused) != english
    assert str(refused) == english == refused.message.in_english


def test_the_same_refusal_as_another_exception() -> None:
    class Other(Refused):
        """Of no subject."""

    other = Other.of(FetchFailed("connection_lost", host="a.example").message)
    assert (other.code, str(other)) == ("fetch.connection_lost", str(FetchFailed("connection_lost", host="a.example")))


def test_what_others_said_is_quoted_and_has_no_code_in_an_event() -> None:
    assert str(as_message("Down.")) == in_english("Down.") == "Down."
    assert as_message("Down.").code == QUOTED.message("words").code
    assert kept("Down.") == {}
    assert kept(WHY) == WHY.as_json()


def test_of_two_tables_together_the_second_says_what_a_name_of_both_means() -> None:
    assert CERTIFICATE.message("too_large").code == "certificate.too_large"
    assert (CERTIFICATE | LETTER).message("too_large").code == "letter.too_large"
    assert set(CERTIFICATE | LETTER) == {*CERTIFICATE, *LETTER}


def test_a_code_is_made_once() -> None:
    with pytest.raises(ValueError, match=r"fetch\.connection_lost"):
        table("fetch", {"connection_lost": "Something else."})
    assert CATALOGUE["fetch.connection_lost"].sentences == (FETCH["connection_lost"],)
