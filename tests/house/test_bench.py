"""`make bench`: ratios and goals are read the right way round, and what is missing is told while the rest goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.benches import BENCHES
from bench.figures import report
from bench.figures.rows import DJANGO_CA, HELLO, ROWS
from bench.figures.table import Figure, as_json, cells, from_json, missing, number, text, wanted
from bench.measuring import Unmeasured, in_turns
from bench.pages import Loaded
from bench.peers import scratch
from bench.peers.wsgi import Answer
from bench.running import figures_of, installation

FAST = Figure("ocsp_stock", 600.0, "answers/s", {DJANGO_CA: 300.0}, {HELLO: 1000.0})
SLOW = Figure("healthz", 0.6, "ms")


def test_a_ratio_is_ours_over_theirs() -> None:
    assert FAST.ratio(DJANGO_CA) == 2
    assert cells(FAST, "; ")[1:4] == ("600 answers/s", "django-ca 300 (2×)", "Django's hello 1000 (0.6×)")


def test_a_goal_for_a_rate_is_a_floor_and_for_a_time_a_ceiling() -> None:
    assert wanted(FAST) == "≥ 0.5× Django's hello: yes"
    assert wanted(SLOW) == "≤ 0.5: no"


def test_a_goal_is_open_without_the_peer() -> None:
    alone = Figure("ocsp_stock", 600.0, "answers/s", limit={HELLO: Unmeasured("no Django")})
    assert wanted(alone) == "≥ 0.5× Django's hello: ?"
    assert "Django's hello: not measured" in text([alone])


@pytest.mark.parametrize(
    ("value", "written"), [(18_640.0, "18600"), (1234.5, "1230"), (99.96, "100"), (0.0123, "0.0123")]
)
def test_figures_have_three_digits(value: float, written: str) -> None:
    assert number(value) == written


def test_figures_survive_the_way_through_json() -> None:
    figure = Figure("imports", 10.0, "certificates/s", {DJANGO_CA: Unmeasured("no network")})
    again = from_json(json.loads(json.dumps(as_json(figure))))
    assert again.ours == 10.0
    assert str(again.peers[DJANGO_CA]) == "no network"


def test_sides_take_turns_and_the_first_round_does_not_count() -> None:
    order: list[str] = []

    def side(name: str, *values: float) -> Callable[[], float]:
        left = iter(values)
        return lambda: order.append(name) or next(left)

    found = in_turns(rounds=3, ours=side("ours", 99, 1, 2, 3), theirs=side("theirs", 99, 5, 6, 40))
    assert found == {"ours": 2, "theirs": 6}
    assert order == ["ours", "theirs"] * 4


def test_a_peer_that_fails_drops_out_alone() -> None:
    def fail() -> float:
        raise ConnectionError("gone")

    found = in_turns(rounds=2, ours=lambda: 1.0, broken=fail, absent=Unmeasured("install it"), other=lambda: 2.0)
    assert (found["ours"], found["other"]) == (1, 2)
    assert "gone" in str(found["broken"])
    assert str(found["absent"]) == "install it"


def test_our_own_failure_is_no_missing_peer() -> None:
    def fail() -> float:
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        in_turns(ours=fail)


def test_django_ca_that_cannot_be_installed_is_named_with_its_command(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(command: list[object], **_: object) -> Any:
        raise subprocess.CalledProcessError(1, [str(word) for word in command])

    monkeypatch.setattr(scratch, "PYTHON", tmp_path / "python")
    monkeypatch.setattr("bench.peers.scratch.subprocess.run", refuse)
    scratch.django_ca.cache_clear()
    with scratch.authority(str(tmp_path)) as peer:
        assert isinstance(peer, Unmeasured)
        assert f"pip install django-ca=={scratch.VERSION}" in str(peer)
    scratch.django_ca.cache_clear()


def test_postgresql_that_is_missing_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setattr("bench.running.postgresql.binaries", lambda: None)
    with pytest.raises(Unmeasured, match="apt-get install"), installation(BENCHES["connections"]):
        pass


@pytest.mark.process
def test_what_a_benchmark_said_before_it_failed_counts() -> None:
    program = f"print({json.dumps(as_json(SLOW))!r}, flush=True); raise SystemExit('no room')"
    figures = figures_of([sys.executable, "-S", "-c", program], os.environ)
    assert next(figures).name == "healthz"
    with pytest.raises(Unmeasured, match="no room"):
        next(figures)


def test_runs_add_to_what_is_kept_and_the_page_tells_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(report, "KEPT", tmp_path / "bench.json")
    monkeypatch.setattr(report, "PAGE", tmp_path / "performance.md")
    monkeypatch.setenv("BENCH_IMPORTS", "7")
    report.keep([SLOW])
    lost = Figure("imports", 5.0, "certificates/s", {DJANGO_CA: Unmeasured("pip install it")})
    report.keep([FAST, lost])
    report.write(report.kept())
    page = (tmp_path / "performance.md").read_text()
    assert [line.split(" | ")[0] for line in page.splitlines() if " | " in line] == [
        "| work",
        "| OCSP from stock",
        "| /healthz",
        "| import",
    ]
    assert "- django-ca: not measured: pip install it" in page
    assert ROWS["healthz"].explained in page
    assert "BENCH_IMPORTS=7" in page


def test_every_reason_is_told_once() -> None:
    lost = [Figure(name, 1.0, "ms", {DJANGO_CA: Unmeasured("no network")}) for name in ("imports", "crl_3000")]
    assert missing(lost) == ["django-ca: not measured: no network"]


def test_the_benches_fill_rows_that_there_are() -> None:
    assert {row for bench in BENCHES.values() for row in bench.rows} <= ROWS.keys()


def test_scripts_that_are_deferred_do_not_block() -> None:
    page = b"""<link rel=stylesheet href=/a.css><link rel=icon href=/i.svg><script src=/b.js></script>
    <script src=/c.js defer></script><script type=module src=/d.js></script><script>inline()</script>"""
    loaded = Loaded(Answer(200, {}, page))
    assert loaded.blocking == {"/a.css", "/b.js"}
    assert loaded.addresses == {"/a.css", "/b.js", "/c.js", "/d.js"}
