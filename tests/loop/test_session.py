"""What was said is on disk when `add` returns, and comes back whatever happened since."""

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rusta.core.home import Home
from rusta.identity.turns import Role, Turn
from rusta.loop.session import NoSession, Session, begin, resume

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
EXCHANGES = st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5)


def exchange(asked: str, said: str) -> list[Turn]:
    return [Turn(Role.PERSON, asked), Turn(Role.RUSTA, said)]


def written(folder: Path, exchanges: list[tuple[str, str]]) -> Session:
    session = begin(folder)
    for turn in (turn for pair in exchanges for turn in exchange(*pair)):
        session.add(turn, tokens=1)
    return session


@given(exchanges=EXCHANGES)
def test_a_conversation_comes_back_as_it_was(
    exchanges: list[tuple[str, str]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("sessions")
    session = written(folder, exchanges)
    for which in (session.id, "last"):
        again = resume(folder, which)
        assert (again.turns, again.path) == (session.turns, session.path)


@given(exchanges=EXCHANGES, more=st.tuples(TEXT, TEXT), data=st.data())
def test_a_file_cut_anywhere_gives_back_whole_exchanges_and_can_be_gone_on_with(
    exchanges: list[tuple[str, str]],
    more: tuple[str, str],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("sessions")
    session = written(folder, exchanges)
    cut = data.draw(st.integers(0, session.path.stat().st_size))
    whole = session.path.read_bytes()[:cut].count(b"\n") // 2  # exchanges of which both lines are whole
    os.truncate(session.path, cut)
    again = resume(folder, session.id)
    assert again.turns == session.turns[: 2 * whole]
    for turn in exchange(*more):
        again.add(turn)
    assert resume(folder, session.id).turns == [*session.turns[: 2 * whole], *exchange(*more)]


def test_nothing_is_on_disk_before_the_first_turn_and_a_line_each_after(tmp_path: Path) -> None:
    session = begin(tmp_path / "sessions")
    assert list(tmp_path.iterdir()) == []
    session.add(Turn(Role.PERSON, "line\nline"), mood="late")
    (line,) = session.path.read_text().splitlines()
    event = json.loads(line)
    assert {key: event[key] for key in ("type", "role", "text", "mood")} == {
        "type": "turn", "role": "user", "text": "line\nline", "mood": "late",
    }  # fmt: skip
    assert event["at"].endswith("Z")


def test_a_conversation_is_nobody_elses_to_read(tmp_path: Path) -> None:
    session = written(tmp_path, [("a", "b")])
    assert stat.S_IMODE(session.path.stat().st_mode) == 0o600


def test_last_is_the_one_that_began_last(tmp_path: Path) -> None:
    for name in ("2026-01-02_00-00-00_aaaa", "2026-01-10_00-00-00_0000", "2025-12-31_23-59-59_ffff"):
        Session(tmp_path / f"{name}.jsonl").add(Turn(Role.PERSON, name))
    assert resume(tmp_path, "last").id == "2026-01-10_00-00-00_0000"


@pytest.mark.parametrize("which", ["last", "yesterday", "../outside", ""])
def test_a_session_that_is_not_there_is_refused_with_the_newest_that_are(which: str, home: Home) -> None:
    with pytest.raises(NoSession, match=r"none yet.*resume=last"):
        resume(home.sessions, which)
    Path(home.root).mkdir()
    Session(Path(home.root, "outside.jsonl")).add(Turn(Role.PERSON, "not among the sessions"))
    known = written(home.sessions, [("a", "b")]).id
    if which != "last":
        with pytest.raises(NoSession, match=known):
            resume(home.sessions, which)


@pytest.mark.parametrize(
    "broken", ["", "{", "[]", '{"type": "turn"}', '{"type": "turn", "role": "cat", "text": "miau"}']
)
def test_a_line_that_is_not_ours_is_refused_with_its_number_and_left_alone(broken: str, tmp_path: Path) -> None:
    session = written(tmp_path, [("a", "b")])
    with session.path.open("a") as file:
        file.write(f"{broken}\n")
    before = session.path.read_bytes()
    with pytest.raises(NoSession, match=r"\.jsonl:3 is not a line I wrote"):
        resume(tmp_path, session.id)
    assert session.path.read_bytes() == before


def test_an_event_of_another_kind_is_passed_over(tmp_path: Path) -> None:
    session = written(tmp_path, [("a", "b")])
    with session.path.open("a") as file:
        file.write('{"type": "note", "text": "from a later version"}\n')
    assert resume(tmp_path, session.id).turns == session.turns


def test_a_question_asked_again_after_a_crash_stands_once(tmp_path: Path) -> None:
    session = begin(tmp_path)
    for turn in (Turn(Role.PERSON, "lost"), Turn(Role.PERSON, "asked again"), Turn(Role.RUSTA, "answered")):
        session.add(turn)
    assert resume(tmp_path, session.id).turns == exchange("asked again", "answered")


KILLED = """
import pathlib, sys
from rusta.identity.turns import Role, Turn
from rusta.loop.session import Session
session = Session(pathlib.Path("talk.jsonl"))
for n in range(10**6):
    session.add(Turn((Role.PERSON, Role.RUSTA)[n % 2], f"{n}:" + "é" * 5000))
    print(n, flush=True)
"""


@pytest.mark.parametrize("after", [1, 2, 7, 30])
def test_a_kill_9_loses_nothing_that_was_said(after: int, tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", KILLED], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout as lines:
        for _ in range(after):
            lines.readline()
        process.send_signal(signal.SIGKILL)
        acknowledged = after + len([line for line in lines if line.endswith("\n")])
    process.wait()
    turns = resume(tmp_path, "talk").turns
    assert [turn.text for turn in turns] == [f"{n}:" + "é" * 5000 for n in range(len(turns))]
    assert len(turns) >= acknowledged - acknowledged % 2  # of an unanswered question the file keeps a line


def test_a_full_disk_says_so_and_keeps_what_was_said_before(tmp_path: Path) -> None:
    # A limit on the size of files stands in for a full disk: a write takes what fits, and the next one fails.
    limited = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limited += "resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, 30_000))\n" + KILLED
    done = subprocess.run([sys.executable, "-c", limited], cwd=tmp_path, capture_output=True, text=True)
    assert "File too large" in done.stderr
    assert (
        (tmp_path / "talk.jsonl").read_bytes().endswith(b"\n")
    )  # no half of a line, to which the next would be joined
    acknowledged = len(done.stdout.splitlines())
    assert len(resume(tmp_path, "talk").turns) == acknowledged - acknowledged % 2


def test_what_was_taken_back_stays_on_disk_and_out_of_the_conversation(tmp_path: Path) -> None:
    session = written(tmp_path, [("a", "kept"), ("b", "taken back")])
    assert session.take_back() == Turn(Role.PERSON, "b")
    for turn in exchange("b", "better"):
        session.add(turn)
    assert resume(tmp_path, "last").turns == session.turns == [*exchange("a", "kept"), *exchange("b", "better")]
    assert "taken back" in [json.loads(line).get("text") for line in session.path.read_text().splitlines()]
