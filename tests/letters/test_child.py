"""The limited child: what it may do, what it costs, and that none is left (threats 3, 4, 8)."""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from revocation.letters import sandbox
from revocation.letters.facts import HINTS
from revocation.letters.frames import AnswerInvalid, packed, unpacked
from revocation.letters.inspection import inspect
from revocation.letters.limits import Limits
from revocation.letters.refusals import ADVICE, FOUND, FileRefused
from tests.letters.children.programs import children, no_forks, own_forks, replaced
from tests.letters.made import (
    ANY_KIND,
    chunk,
    drawn,
    good,
    nested_deflate,
    pdf,
    png,
    refusal,
    saved,
    scans_repeated,
    stream,
)

pytestmark = pytest.mark.process

CONFINED = """
from revocation.letters.reading.confinement import limit_resources, forbid_files_and_network
limit_resources(limits)
confined = forbid_files_and_network()
"""


@pytest.fixture(params=["forked", "interpreter"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Run a test with each way of having a child."""
    if request.param == "interpreter":
        no_forks(monkeypatch)
        yield
    else:
        with own_forks(monkeypatch):
            yield


both_ways = pytest.mark.usefixtures("way")


def run(limits: Limits | None = None) -> bytes:
    return sandbox.run_child(good("jpg"), "jpg", limits or Limits())


@both_ways
def test_threat_8_child_has_no_environment_and_three_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary")
    replaced(
        monkeypatch,
        "import os, json; print(json.dumps([dict(os.environ),"
        " sorted(map(int, os.listdir('/proc/self/fd')))[:-1],"
        " os.getpid() == os.getsid(0), os.getcwd()]))",
    )
    environment, descriptors, own_session, folder = json.loads(run())
    assert "canary" not in json.dumps(environment)
    assert set(environment) <= {"LC_CTYPE"}
    assert descriptors == [0, 1, 2]
    assert own_session
    assert folder == "/"


FORBIDDEN = {
    "write": "open('/tmp/letter-child', 'w').write('x')",
    "read secrets": "open('/etc/passwd')",
    "read the parent": "import os; open(f'/proc/{os.getppid()}/environ')",
    "connect": "import socket; socket.create_connection(('127.0.0.1', 9))",
    "memory": "bytearray(2**30)",
}


@both_ways
@pytest.mark.parametrize("deed", FORBIDDEN)
def test_threat_8_child_may_not(deed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    report = f"""
try:
    {FORBIDDEN[deed].replace("; ", chr(10) + "    ")}
except (PermissionError, MemoryError) as error:
    print(type(error).__name__, confined)
else:
    print('done', confined)
"""
    replaced(monkeypatch, CONFINED + report)
    outcome, confined = run().decode().split()
    if confined == "False" and deed != "memory":
        pytest.skip("this kernel has no Landlock")
    assert outcome in {"PermissionError", "MemoryError"}


ENDS = {
    "endless loop": ("while True: pass", "too_costly"),
    "sleep": ("import time; time.sleep(60)", "too_costly"),
    "flood": ("import os\nwhile True: os.write(1, bytes(65536))", "too_costly"),
    "abort": ("import os; os.abort()", "too_costly"),
    "failure": ("sys.exit(3)", "unreadable"),
    "closes and stays": ("import os, time; os.close(1); time.sleep(60)", "too_costly"),
    "reads nothing": ("import os; os.close(0); os.write(1, b'nonsense')", None),
}


@both_ways
@pytest.mark.parametrize("end", ENDS)
def test_threat_8_every_end_of_the_child_is_understood(end: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program, code = ENDS[end]
    replaced(monkeypatch, CONFINED + program)
    before, began = children(), time.monotonic()
    limits = Limits(cpu_seconds=1, wall_seconds=2.5)
    if code is None:
        assert run(limits) == b"nonsense"
    else:
        with pytest.raises(FileRefused) as caught:
            run(limits)
        assert caught.value.code == code
    assert time.monotonic() - began < 20
    assert children() <= before


@both_ways
def test_threat_8_grandchildren_die_too(monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import subprocess; print(subprocess.Popen(['/bin/sleep', '60'], stdout=2).pid)"
    replaced(monkeypatch, program)
    grandchild = int(run())
    time.sleep(0.2)
    state = Path(f"/proc/{grandchild}/stat")
    assert not state.exists() or state.read_text().rsplit(") ", 1)[1].startswith("Z")


def drawing_bomb() -> bytes:
    """Forms that draw each other ten times, nine levels deep: a few hundred bytes, 10^9 strokes."""
    form = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /X %d 0 R >> >>"
    levels = [stream(b"/X Do " * 10, form % number) for number in range(5, 14)]
    last = stream(b"0 0 m 595 842 l S " * 50, b"/Type /XObject /Subtype /Form /BBox [0 0 595 842]")
    return pdf(*levels, last, page=b"/Contents 14 0 R /Resources << /XObject << /X 4 0 R >> >>").replace(
        b"/Contents 14 0 R", b"/Contents 4 0 R "
    )


def content_bomb(levels: int, size: int) -> bytes:
    filters = b"/FlateDecode " * levels
    return pdf(stream(nested_deflate(levels, size), b"/Filter [%s]" % filters), page=b"/Contents 4 0 R")


def object_stream_bomb() -> bytes:
    entries = b"/Type /ObjStm /N 1 /First 4 /Filter [%s]" % (b"/FlateDecode " * 3)
    return pdf(stream(nested_deflate(3, 300_000_000), entries))


def text_bomb(kind: bytes, prefix: bytes) -> bytes:
    """A good picture with a chunk of text or colour profile that unpacks to 300 MB."""
    return png(90, 90, chunk(kind, prefix + nested_deflate(1, 300_000_000)), rows=bytes(91 * 90))


COSTLY: dict[str, tuple[Callable[[], bytes], str, set[str]]] = {
    "nested deflate": (lambda: content_bomb(2, 700_000_000), "l.pdf", {"too_costly"}),
    "nested object stream": (object_stream_bomb, "l.pdf", {"unreadable", "too_costly"}),
    "drawing": (drawing_bomb, "l.pdf", {"too_costly"}),
    "progressive": (lambda: scans_repeated(50, 4000), "l.jpg", {"accepted", "too_costly"}),
    "zTXt": (
        lambda: text_bomb(b"zTXt", b"Comment\x00\x00"),
        "l.png",
        {"accepted", "unreadable", "too_costly"},
    ),
    "iCCP": (
        lambda: text_bomb(b"iCCP", b"profile\x00\x00"),
        "l.png",
        {"accepted", "unreadable", "too_costly"},
    ),
}
"""Bomb → how it is made, its file name, and how reading it may end. It always ends within the limits."""


@pytest.mark.parametrize("bomb", COSTLY)
def test_threats_3_4_bombs_end_within_the_limits(bomb: str) -> None:
    make, name, ends = COSTLY[bomb]
    data = make()
    assert len(data) <= Limits().max_bytes
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    try:
        code = refusal(data, name, reader=None).code
    except AssertionError:
        code = "accepted"
    assert time.monotonic() - began < Limits().wall_seconds + 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    assert code in ends


def test_parent_imports_no_decoder() -> None:
    program = (
        "import sys; import revocation.letters.inspection; "
        "print([name for name in ('PIL', 'pypdf', 'pypdfium2', 'django') if name in sys.modules])"
    )
    folder = Path(__file__).parents[2]
    printed = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, check=True).stdout
    assert printed.strip() == b"[]"


PICTURE = saved(drawn(60, 80), "JPEG")
LIES = {
    "empty": b"",
    "no header": b"\x00\x00\x00\x00",
    "long header": b"\xff\xff\xff\xff" + bytes(99),
    "no json": packed({})[:4] + b"{]",
    "not an object": b"\x00\x00\x00\x02[]",
    "deep json": (60_000).to_bytes(4, "big") + b"[" * 60_000,
    "unknown refusal": packed({"refused": "because", "params": {}}),
    "no params": packed({"refused": "unreadable"}),
    "refusal is a list": packed({"refused": [], "params": {}}),
    "no pages": packed({"codes": [], "hints": [], "pages": []}),
    "eleven pages": packed({"codes": [], "hints": [], "pages": [[60, 80, len(PICTURE)]] * 11}, (PICTURE,) * 11),
    "wrong size": packed({"codes": [], "hints": [], "pages": [[61, 80, len(PICTURE)]]}, (PICTURE,)),
    "too wide": packed({"codes": [], "hints": [], "pages": [[2001, 80, len(PICTURE)]]}, (PICTURE,)),
    "negative": packed({"codes": [], "hints": [], "pages": [[60, 80, -1]]}, (PICTURE,)),
    "text for a number": packed({"codes": [], "hints": [], "pages": [["60", 80, len(PICTURE)]]}, (PICTURE,)),
    "tail": packed({"codes": [], "hints": [], "pages": [[60, 80, len(PICTURE)]]}, (PICTURE, b"x")),
    "tail in picture": packed({"codes": [], "hints": [], "pages": [[60, 80, len(PICTURE) + 1]]}, (PICTURE, b"x")),
    "not a picture": packed({"codes": [], "hints": [], "pages": [[60, 80, 9]]}, (b"<script>x",)),
    "unknown hint": packed({"codes": [], "hints": [["x", 1]], "pages": [[60, 80, len(PICTURE)]]}, (PICTURE,)),
    "hint is text": packed({"codes": [], "hints": [["very_dark", "x"]], "pages": [[60, 80, len(PICTURE)]]}, (PICTURE,)),
    "hints are many": packed(
        {"codes": [], "hints": [["very_dark", 1]] * 99, "pages": [[60, 80, len(PICTURE)]]}, (PICTURE,)
    ),
    "code is a number": packed({"codes": [1], "hints": [], "pages": [[60, 80, len(PICTURE)]]}, (PICTURE,)),
    "codes are many": packed({"codes": ["x"] * 9, "hints": [], "pages": [[60, 80, len(PICTURE)]]}, (PICTURE,)),
    "no codes": packed({"hints": [], "pages": [[60, 80, len(PICTURE)]]}, (PICTURE,)),
}


@pytest.mark.parametrize("lie", LIES)
def test_threat_8_a_lying_child_is_not_believed(lie: str) -> None:
    with pytest.raises(AnswerInvalid):
        unpacked(LIES[lie], Limits())
    assert refusal(good("jpg"), "l.jpg", reader=lambda *_: LIES[lie]).code == "unreadable"


def test_an_honest_answer_is_believed() -> None:
    ours = f"certportal:R-1:{'ab' * 32}"
    told = {"hints": [["very_dark", 1]], "codes": [ours, "another's"], "pages": [[60, 80, len(PICTURE)]]}
    (page,), (hint,), (code,) = unpacked(packed(told, (PICTURE,)), Limits())
    assert (page.data, page.width, page.height) == (PICTURE, 60, 80)
    assert hint.figure == 1.0
    assert str(code) == ours


def test_limits_travel_on_a_command_line() -> None:
    limits = Limits(max_pages=3, wall_seconds=1.5)
    assert Limits.from_words(limits.words()) == limits


def test_every_sentence_can_be_filled_in() -> None:
    assert set(ADVICE) <= set(FOUND)
    for sentence in [*FOUND.values(), *HINTS.values()]:
        names = set(re.findall(r"%\((\w+)\)s", sentence))
        assert sentence % dict.fromkeys(names, "1")


@both_ways
def test_letters_one_after_the_other_leave_nothing() -> None:
    before = children()
    for _ in range(4):
        inspect(good("gif"), file_name="l.gif", accepted=ANY_KIND)
    assert children() <= before
