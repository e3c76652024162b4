"""Several perspectives, one of which may lie or be down (threat 18, Baseline Requirements 3.2.2.9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product

import pytest

from revocation.outbound.dns.resolver import DnsView
from revocation.ownership.challenge import new_challenge
from revocation.ownership.dns import check_dns
from revocation.ownership.perspectives import Perspective, Views
from revocation.ownership.quorum import corroborated, failures_allowed
from tests.servers.dns_server import DnsServer, unused_udp_port

NAME, WHERE = "example.com", "_dnsauth.example.com"
VALUE = new_challenge().value
RIGHT, WRONG, TIME_OUT = "right", "wrong", "time-out"


@pytest.mark.parametrize(
    ("remotes", "allowed"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1), (5, 1), (6, 2), (7, 2), (12, 2)]
)
def test_T18_the_table_of_the_baseline_requirements(remotes: int, allowed: int) -> None:
    assert failures_allowed(remotes) == allowed
    for failing in range(remotes + 1):
        seen = [False] * failing + [True] * (remotes - failing)
        assert corroborated(True, seen) == (failing <= allowed)
        assert not corroborated(False, seen)


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, list[tuple[str, int]]]]:
    """A resolver of each kind."""
    with ExitStack() as stack:
        right, wrong = stack.enter_context(DnsServer()), stack.enter_context(DnsServer())
        right.answer(WHERE, "TXT", VALUE)
        wrong.answer(WHERE, "TXT", new_challenge().value)
        dead = [("127.0.0.1", unused_udp_port())]
        yield {RIGHT: right.nameservers, WRONG: wrong.nameservers, TIME_OUT: dead}


@pytest.mark.parametrize("primary", [RIGHT, WRONG, TIME_OUT])
def test_T18_every_combination_of_right_wrong_and_silent_views(
    servers: dict[str, list[tuple[str, int]]], primary: str
) -> None:
    for remotes in product([RIGHT, WRONG, TIME_OUT], repeat=3):
        outcome = check_dns(NAME, VALUE, views(servers, primary, *remotes))
        wanted = primary == RIGHT and remotes.count(RIGHT) >= 2
        assert outcome.proven == wanted, (primary, remotes)
        assert [sight.proves for sight in outcome.sights] == [kind == RIGHT for kind in (primary, *remotes)]
        if primary == RIGHT and not wanted:
            assert outcome.code == "perspectives_disagree"
            assert all(place in outcome.sentence for place, kind in zip("123", remotes, strict=True) if kind != RIGHT)


def test_T18_six_remote_views_may_hold_two_that_fail(servers: dict[str, list[tuple[str, int]]]) -> None:
    assert check_dns(NAME, VALUE, views(servers, RIGHT, *[RIGHT] * 4, WRONG, TIME_OUT)).proven
    assert not check_dns(NAME, VALUE, views(servers, RIGHT, *[RIGHT] * 3, WRONG, WRONG, TIME_OUT)).proven


def test_T18_what_each_view_saw_is_kept(servers: dict[str, list[tuple[str, int]]]) -> None:
    kept = check_dns(NAME, VALUE, views(servers, RIGHT, RIGHT, WRONG)).as_dict()["sights"]
    assert [(sight["role"], sight["where"], sight["status"]) for sight in kept] == [
        ("primary", "0", "found"),
        ("remote", "1", "found"),
        ("remote", "2", "found"),
    ]
    assert kept[0]["records"] == [VALUE] != kept[2]["records"]


def views(servers: dict[str, list[tuple[str, int]]], primary: str, *remotes: str) -> Views:
    each = [Perspective(str(n), DnsView(servers[kind], timeout=1.0)) for n, kind in enumerate((primary, *remotes))]
    return Views(each[0], tuple(each[1:]))
