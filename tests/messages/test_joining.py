"""What stands between parts of a text is that of the reader's language."""

import pytest
from django.template import engines
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.html import strip_tags

from revocation import joining
from revocation.management.commands import refusals
from revocation.messages import Message, render
from revocation.templatetags.accounts import _parts
from revocation.templatetags.seeing import Milestone
from tests.pages.words.chinese import HALF_WIDTH

NAMES = ["a.example", "b.example", "c.example"]
ANSWERED = Message("authority.answer_status", {"status": 503})
DOWN = Message("authority.at_address", {"url": "http://a.example/", "why": ANSWERED})


def rendered(source: str, **context: object) -> str:
    return engines["django"].from_string("{% load joining %}" + source).render(context)


@pytest.mark.parametrize(("english", "chinese", "joined"), [
    ("a.example, b.example, c.example", "a.example、b.example、c.example", lambda: joining.items(NAMES)),
    ("a.example, b.example or c.example", "a.example、b.example 或 c.example", lambda: joining.any_of(NAMES)),
    ("a.example; b.example; c.example", "a.example；b.example；c.example", lambda: joining.long_items(NAMES)),
    ("a.example, b.example, c.example", "a.example，b.example，c.example", lambda: joining.facts(NAMES)),
    ("R-000007: 3", "R-000007：3", lambda: joining.labelled("R-000007", 3)),
    ("RSA (2048)", "RSA（2048）", lambda: "RSA" + joining.bracketed(2048)),
    (" ", "", joining.gap),
])  # fmt: skip
def test_each_language_has_its_punctuation(english: str, chinese: str, joined: object) -> None:
    assert callable(joined)
    assert joined() == english
    with translation.override("zh-hans"):
        assert joined() == chinese


@pytest.mark.parametrize(("said", "whole"), [
    (["已吊销。", "", "请重试。"], "已吊销。请重试。"),
    (["No such host.", "请重试。"], "No such host. 请重试。"),
    ([], ""),
])  # fmt: skip
def test_chinese_sentences_have_no_blank_between_them(said: list[str], whole: str) -> None:
    with translation.override("zh-hans"):
        assert joining.sentences(said) == whole


def test_a_message_of_several_sentences_is_whole_in_chinese() -> None:
    failed = Message("authority.revoke_by_hand_unseen", {"authority": "CA", "failures": [DOWN, DOWN]})
    with translation.override("zh-hans"):
        assert str(failed).endswith("http://a.example/：答复的状态码为 503。" * 2)
    assert failed.in_english.endswith("http://a.example/: The answer has status 503.")


def test_a_list_in_a_message_is_joined_as_its_reader_does() -> None:
    named = {"zone": "example", "own": "ns1.example, ns2.example", "given": "ns3.example"}
    message = Message("ownership.delegation_differs", named)
    assert "ns1.example, ns2.example" in str(message)
    deployed = Message("eligibility.deployed", {"targets": "web; mail, backup"})
    assert "web; mail, backup" in str(deployed)
    with translation.override("zh-hans"):
        assert "ns1.example、ns2.example" in str(message)
        assert "web；mail、backup" in str(deployed)


def test_no_refusal_has_english_punctuation_in_chinese() -> None:
    found: dict[str, str] = {}
    for entry in refusals.catalogue():
        filled = dict.fromkeys(refusals.parameters(entry), "值、值")
        with translation.override("zh-hans"):
            text = render(Message(entry.code, filled))
        found |= {entry.code: text} if HALF_WIDTH.search(text) else {}
    assert found == {}


def test_changes_of_an_account_are_listed_in_chinese() -> None:
    with translation.override("zh-hans"):
        (added,) = _parts({"what": "groups", "added": ["A", "B"]})
        assert "A、B" in added


def test_templates_join_as_code_does() -> None:
    source = "{{ names|listed }}|{{ names|long_listed }}|a{% colon %}b{% comma %}c{% semicolon %}d{% stop %}e{% gap %}f"
    source += "{{ more|bracketed }}{{ nothing|bracketed }}"
    context = {"names": NAMES[:2], "more": "<g>", "nothing": ""}
    assert rendered(source, **context) == ("a.example, b.example|a.example; b.example|a: b, c; d. e f (&lt;g&gt;)")
    with translation.override("zh-hans"):
        assert rendered(source, **context) == ("a.example、b.example|a.example；b.example|a：b，c；d。ef（&lt;g&gt;）")


def test_M5_the_parts_of_a_milestone_stand_apart_without_a_style_sheet() -> None:
    """The desk's pages show them in one line."""
    waits = Milestone("Confirmed", "now", detail="waiting for staff", problem="The certificate names no address.")
    shown = render_to_string("revocation/who_sees_it.html", {"milestones": [waits]})
    assert "now waiting for staff The certificate names no address." in " ".join(strip_tags(shown).split())
