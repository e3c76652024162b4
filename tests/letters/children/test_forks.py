"""The fork server: one letter knows nothing of another, and none waits for it when it is gone (threat 8)."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from revocation.letters import fork_protocol, sandbox
from revocation.letters.limits import Limits
from revocation.letters.refusals import FileRefused
from revocation.letters.sandbox import forked, interpreter
from revocation.letters.sandbox.forked import ForkServers
from tests.letters.children.programs import children, own_forks, replaced, servers
from tests.letters.made import good

pytestmark = pytest.mark.process

PARENT = "import os; print(os.getppid())"
OLD_WAY = "print('an interpreter')"


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> Iterator[ForkServers]:
    with own_forks(monkeypatch) as forks:
        yield forks


def run(**limits: float) -> str:
    return sandbox.run_child(good("jpg"), "jpg", Limits(**limits)).decode().strip()  # type: ignore[arg-type]


def eventually(happened: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not (now := happened()) and time.monotonic() < deadline:
        time.sleep(0.01)
    return now


def is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(") ", 1)[1].startswith("Z")
    except OSError:
        return True


def test_all_threads_share_one_server_that_outlives_the_thread_which_started_it(
    forks: ForkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, PARENT)
    parents: list[str] = []
    for _ in range(3):
        thread = threading.Thread(target=lambda: parents.append(run()))
        thread.start()
        thread.join()
    assert len(set(parents)) == 1
    assert int(parents[0]) in servers()
    assert parents[0] != str(os.getpid())


def test_threat_8_a_letter_leaves_nothing_to_the_next_one(forks: ForkServers, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, "print(getattr(sys, 'left', 'nothing')); sys.left = 'something'; sys.path.clear()")
    assert [run(), run()] == ["nothing", "nothing"]


def test_threat_8_the_server_has_no_secrets_and_one_thread(forks: ForkServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary")
    replaced(
        monkeypatch,
        """
import ctypes, json, os
server = f"/proc/{os.getppid()}"
targets = [os.readlink(f"{server}/fd/{fd}") for fd in os.listdir(f"{server}/fd")]
print(json.dumps([open(f"{server}/environ").read(), len(os.listdir(f"{server}/task")), targets,
    os.getsid(os.getppid()) == os.getppid(), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)]))
""",
    )
    run()
    environment, threads, targets, own_session, dumpable = json.loads(run())
    assert (environment, threads, own_session, dumpable) == ("", 1, True, 0)
    sockets = [target for target in targets if target.startswith("socket:")]
    assert len(sockets) == 2  # to the client, and about this child
    assert set(targets) <= {*sockets, "/dev/null", "anon_inode:[eventpoll]", "anon_inode:[pidfd]"} | {
        target for target in targets if target.startswith(("pipe:", "pidfd:"))
    }


def test_threat_8_the_child_of_a_server_has_all_limits(forks: ForkServers, monkeypatch: pytest.MonkeyPatch) -> None:
    report = "import json, resource as r; print(json.dumps([r.getrlimit(getattr(r, n))[1] for n in {!r}]))"
    names = ["RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_NPROC", "RLIMIT_CORE"]
    confine = "from revocation.letters.reading.confinement import limit_resources; limit_resources(limits); "
    replaced(monkeypatch, confine + report.format(names))
    for seconds in (2, 3):  # not added up
        given = json.loads(run(cpu_seconds=seconds))
        assert given == [Limits().memory_bytes, seconds, 16, 0, 0, 0]
    assert resource.getrlimit(resource.RLIMIT_NPROC)[1] != 0


def test_a_slow_letter_holds_up_no_other(forks: ForkServers, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, "import time; limits.max_pages == 1 and time.sleep(60); print('read')")

    def ask() -> None:
        with pytest.raises(FileRefused):
            run(max_pages=1, wall_seconds=1.5)

    slow = threading.Thread(target=ask)
    slow.start()
    assert eventually(lambda: len(children()) == 1)
    assert run() == "read"
    assert slow.is_alive()
    slow.join()
    assert not children()


def test_many_letters_at_once_have_each_their_own_answer(forks: ForkServers, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, "sys.stdin.buffer.read(); print(limits.max_pages)")
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        answers[number] = run(max_pages=number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: str(number) for number in range(1, 13)}
    assert len(servers()) == 1


@pytest.mark.parametrize("before", ["sys.exit(1)", "import time; time.sleep(60)", "import os; os.fork = None"])
def test_without_a_server_an_interpreter_reads_the_letter(
    before: str, forks: ForkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, PARENT, before)
    monkeypatch.setattr(forked, "PATIENCE", 0.4)
    assert run() == str(os.getpid())
    monkeypatch.setattr(forked, "isolated", None)  # another server is not tried soon
    assert run() == str(os.getpid())
    assert not children()


def test_where_no_process_can_start_that_letter_fails_and_the_server_stays(
    forks: ForkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = """
def once(real=os.fork):
    os.fork = real
    raise BlockingIOError
os.fork = once
"""
    replaced(monkeypatch, PARENT, "import os" + failing)
    with pytest.raises(OSError, match="temporarily unavailable"):
        run()
    (server,) = servers()
    assert run() == str(server)


DEATHS = {
    "killed by its child": "os.kill(os.getppid(), 9); time.sleep(60)",
    "stopped by its child": "os.kill(os.getppid(), 19); os.close(1); os._exit(0)",
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_server_that_is_lost_during_a_letter_costs_time_only(
    death: str, forks: ForkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, f"import os, time\n{DEATHS[death]}")
    monkeypatch.setattr(interpreter, "START", OLD_WAY)
    monkeypatch.setattr(forked, "SECONDS_TO_DIE", 0.2)
    assert run() == "an interpreter"
    assert not children()
    replaced(monkeypatch, PARENT)
    assert int(run()) in servers()


def test_threat_8_a_child_whose_server_hangs_is_killed_at_the_deadline(
    forks: ForkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, "import os, time; os.kill(os.getppid(), 19); time.sleep(60)")
    monkeypatch.setattr(forked, "SECONDS_TO_DIE", 0.2)
    with pytest.raises(FileRefused) as caught:
        run(wall_seconds=0.5)
    assert caught.value.code == "too_costly"
    assert eventually(lambda: not children())
    assert not servers()


def test_the_server_is_replaced_when_killed_between_letters(
    forks: ForkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, PARENT)
    first = int(run())
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: is_gone(first))
    second = int(run())
    assert second != first
    assert servers() == {second}


def test_the_server_is_replaced_after_some_letters(forks: ForkServers, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, PARENT)
    monkeypatch.setattr(forked, "MOST_FILES", 2)
    first, second, third = run(), run(), run()
    assert first == second != third
    assert eventually(lambda: is_gone(int(first)))
    run()
    assert int(first) not in servers()  # it was waited for


def test_threat_8_a_letter_that_kills_its_child_does_not_meet_the_same_memory_again(
    forks: ForkServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    replaced(monkeypatch, "import os; limits.max_pages == 1 and os.abort(); print(os.getppid())")
    first = run()
    assert run() == first
    with pytest.raises(FileRefused):
        run(max_pages=1)
    assert run() != first


def test_a_server_without_letters_ends(forks: ForkServers, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, PARENT, "fork_server.IDLE_SECONDS = 0.05")
    first = int(run())
    assert eventually(lambda: is_gone(first))
    assert int(run()) != first


def test_a_forked_process_has_a_server_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, PARENT)
    forks = forked.FORKS
    forks.close()
    here = int(run())
    if (forked_process := os.fork()) == 0:
        there = int(run())
        forks.close()
        os._exit(0 if there not in {here, os.getppid()} else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(forked_process, 0)[1]) == 0
    assert int(run()) == here
    forks.close()
    assert not servers()


LOOKING = """
import sys, threading
from revocation.letters import sandbox
from revocation.letters.limits import Limits
from revocation.letters.sandbox import forked
forked.START = sys.argv[1]
threading.Thread(target=sandbox.run_child, args=(bytes(9), "jpg", Limits(wall_seconds=60)), daemon=True).start()
sys.stdin.read()
"""


def test_threat_8_server_and_child_die_with_their_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = f"import os, time; open({str(said)!r}, 'w').write(f'{{os.getpid()}} {{os.getppid()}} '); time.sleep(60)"
    replaced(monkeypatch, program)
    command = [sys.executable, "-c", LOOKING, forked.START]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[3]) as process:
        assert eventually(lambda: said.exists() and said.read_text().endswith(" "))
        child, server = map(int, said.read_text().split())
        assert not is_gone(child)
        assert not is_gone(server)
        process.kill()
    assert eventually(lambda: is_gone(child) and is_gone(server))


def test_no_descriptor_is_left(forks: ForkServers, monkeypatch: pytest.MonkeyPatch) -> None:
    replaced(monkeypatch, "limits.max_pages == 1 and sys.exit(1)")
    run()
    before = sorted(Path("/proc/self/fd").iterdir())
    for pages in (2, 1):
        if pages == 1:
            with pytest.raises(FileRefused):
                run(max_pages=pages)
        else:
            run(max_pages=pages)
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_a_request_and_its_replies_are_read_as_they_were_written() -> None:
    limits = Limits(max_pages=3, wall_seconds=1.5)
    message = fork_protocol.request("pdf", limits)
    assert len(message) <= fork_protocol.LONGEST
    assert fork_protocol.requested(message) == ("pdf", limits)
    assert fork_protocol.replied(fork_protocol.reply(2, 11)) == (2, 11)
    assert fork_protocol.replied(b"") == ()
